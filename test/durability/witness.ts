/** What became of one message, as far as its clients were told. */
interface Testimony {
  isSent: boolean;
  /** A delete was asked for, so it may be gone whether or not that was answered. */
  mayBeDeleted: boolean;
  deletedAtMs: number | undefined;
}

/** Notes what a server acknowledged, and what it may never do after that. */
export class Witness {
  readonly #messages = new Map<string, Testimony>();
  readonly #complaints: string[] = [];
  /** Sent, and no delete was asked for. */
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

  /** @param askedAtMs - when the receive was asked for: a delete answered later says nothing against it */
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

  /** Once nothing comes any more: what was acknowledged and never came is lost. */
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
