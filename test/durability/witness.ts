/** What became of one message, as far as its clients were told. */
interface Testimony {
  /** Kills before its send was asked for. */
  readonly killsBefore: number;
  isSent: boolean;
  /** A delete was asked for, so it may be gone whether or not that was answered. */
  mayBeDeleted: boolean;
  deletedAtMs: number | undefined;
  /** A kill fell between its send and its delete, so an operation on it may have died half-way. */
  hasSurvived: boolean;
}

/** Notes what a server acknowledged, and what it may never do after that. */
export class Witness {
  readonly #messages = new Map<string, Testimony>();
  readonly #complaints: string[] = [];
  /** Sent, and no delete was asked for. */
  #openCount = 0;
  #killCount = 0;
  #interruptedCount = 0;
  readonly #doubles = new Set<string>();

  get complaints(): readonly string[] {
    return this.#complaints;
  }

  get openCount(): number {
    return this.#openCount;
  }

  get counts(): { readonly sent: number; readonly deleted: number } {
    const all = [...this.#messages.values()];
    return {
      sent: all.filter((message) => message.isSent).length,
      deleted: all.filter((message) => message.deletedAtMs !== undefined).length,
    };
  }

  /** Messages that came again after their delete because a kill had cut an operation on them in two. */
  get doubleCount(): number {
    return this.#doubles.size;
  }

  /** Messages that operations cut by kills can have been about, at most. */
  get interruptedCount(): number {
    return this.#interruptedCount;
  }

  /** @param messageCount - most messages that unanswered receives and changes of visibility were about */
  killed(messageCount: number): void {
    this.#killCount += 1;
    this.#interruptedCount += messageCount;
  }

  sending(bodies: readonly string[]): void {
    for (const body of bodies) {
      this.#messages.set(body, newTestimony(this.#killCount));
    }
  }

  sent(bodies: readonly string[]): void {
    for (const body of bodies) {
      const message = this.#of(body);
      message.isSent = true;
      if (!message.mayBeDeleted) this.#openCount += 1;
    }
  }

  /** @param askedAtMs - when the receive was asked for: a delete answered later says nothing against it */
  received(bodies: readonly string[], askedAtMs: number): void {
    for (const body of bodies) {
      const { deletedAtMs, hasSurvived } = this.#of(body);
      if (deletedAtMs === undefined || deletedAtMs >= askedAtMs) continue;
      if (hasSurvived) this.#doubles.add(body);
      else this.complain(`came back: ${body}`);
    }
  }

  deleting(bodies: readonly string[]): void {
    for (const body of bodies) {
      const message = this.#of(body);
      if (message.isSent && !message.mayBeDeleted) this.#openCount -= 1;
      message.mayBeDeleted = true;
    }
  }

  deleted(bodies: readonly string[], atMs: number): void {
    for (const body of bodies) {
      const message = this.#of(body);
      message.deletedAtMs ??= atMs;
      message.hasSurvived = message.killsBefore < this.#killCount;
    }
  }

  complain(what: string): void {
    this.#complaints.push(what.slice(0, 200));
  }

  /** Once nothing comes any more: what was acknowledged and never came is lost. */
  close(): void {
    for (const [body, { isSent, mayBeDeleted }] of this.#messages) {
      if (isSent && !mayBeDeleted) this.complain(`lost: ${body}`);
    }
    if (this.doubleCount > this.interruptedCount) {
      this.complain(`came back: ${this.doubleCount} messages, where kills met operations on ${this.interruptedCount}`);
    }
  }

  #of(body: string): Testimony {
    const message = this.#messages.get(body);
    if (message !== undefined) return message;
    this.complain(`was never sent: ${body}`);
    return newTestimony(this.#killCount);
  }
}

const newTestimony = (killsBefore: number): Testimony => ({
  killsBefore,
  isSent: false,
  mayBeDeleted: false,
  deletedAtMs: undefined,
  hasSurvived: false,
});
