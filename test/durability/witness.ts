/** The life of one message, as its clients know it. */
interface Testimony {
  isSent: boolean;
  /** Its delete was requested, so it may be gone whether or not that was answered. */
  mayBeDeleted: boolean;
  deletedAtMs: number | undefined;
}

/** Notes what a server acknowledged, and what it must never do afterwards. */
export class Witness {
  readonly #messages = new Map<string, Testimony>();
  readonly #complaints: string[] = [];
  /** Sent, without a requested delete. */
  #openCount = 0;

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

  sending(bodies: readonly string[]): void {
    for (const body of bodies) this.#messages.set(body, newTestimony());
  }

  sent(bodies: readonly string[]): void {
    for (const body of bodies) {
      const message = this.#of(body);
      message.isSent = true;
      if (!message.mayBeDeleted) this.#openCount += 1;
    }
  }

  /** @param askedAtMs - when the receive was requested: a delete answered later does not contradict it */
  received(bodies: readonly string[], askedAtMs: number): void {
    for (const body of bodies) {
      const { deletedAtMs } = this.#of(body);
      if (deletedAtMs !== undefined && deletedAtMs < askedAtMs) this.complain(`came back: ${body}`);
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
    for (const body of bodies) this.#of(body).deletedAtMs ??= atMs;
  }

  complain(what: string): void {
    this.#complaints.push(what.slice(0, 200));
  }

  /** Once no more messages come: acknowledged messages that never came are lost. */
  close(): void {
    for (const [body, { isSent, mayBeDeleted }] of this.#messages) {
      if (isSent && !mayBeDeleted) this.complain(`lost: ${body}`);
    }
  }

  #of(body: string): Testimony {
    const message = this.#messages.get(body);
    if (message !== undefined) return message;
    this.complain(`was never sent: ${body}`);
    return newTestimony();
  }
}

const newTestimony = (): Testimony => ({ isSent: false, mayBeDeleted: false, deletedAtMs: undefined });
