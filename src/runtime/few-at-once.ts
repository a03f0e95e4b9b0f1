/**
 * Lets a few requests be at work at once. Of those that wait the newest is next: callers of the oldest may have given
 * up, and one that comes last is not behind all that another has piled up. Between two that begin, the process looks at
 * its sockets.
 */
export class FewAtOnce {
  readonly #waiting: (() => void)[] = [];
  readonly #max: number;
  #working = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Resolves when the request may begin. It ends with {@link leave}. */
  async enter(): Promise<void> {
    if (this.#working < this.#max) this.#working++;
    else await new Promise<void>((begin) => this.#waiting.push(begin));
  }

  leave(): void {
    setImmediate(() => {
      const next = this.#waiting.pop();
      if (next === undefined) this.#working--;
      else next();
    });
  }
}
