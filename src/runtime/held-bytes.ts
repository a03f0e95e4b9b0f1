/** One request of a connection, as a holder of server memory: its body, then its answer. */
export interface Holding {
  /** Ends it early; absent while the server itself works on it. */
  readonly giveWay: (() => void) | undefined;
}

/**
 * Bounds the bytes of all bodies and answers in progress. Above the bound, the one that has waited longest for its peer
 * gives way: a body that arrives slowly, or an answer that is not read.
 */
export class HeldBytes {
  readonly #bytesMax: number;
  /** Longest held first. */
  readonly #held = new Map<Holding, number>();
  #bytes = 0;

  /** @param bytesMax - at least the largest body and the largest answer */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds bytes to a holding, then makes holdings give way, which may include this one. */
  add(holding: Holding, bytes: number): void {
    this.#held.set(holding, (this.#held.get(holding) ?? 0) + bytes);
    this.#bytes += bytes;
    if (this.#bytes > this.#bytesMax) this.#makeRoom();
  }

  release(holding: Holding): void {
    this.#bytes -= this.#held.get(holding) ?? 0;
    this.#held.delete(holding);
  }

  #makeRoom(): void {
    for (const holding of this.#held.keys()) {
      if (this.#bytes <= this.#bytesMax) return;
      if (holding.giveWay === undefined) continue;
      this.release(holding);
      holding.giveWay();
    }
  }
}
