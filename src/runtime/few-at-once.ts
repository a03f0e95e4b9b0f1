/**
 * Serves a few requests at once. The newest waiting request is next: callers of the oldest may have given up, and a new
 * caller is not behind another one's backlog. The process looks at its sockets between two starts.
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
