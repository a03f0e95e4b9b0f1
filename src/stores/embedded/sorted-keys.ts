/** Keys of a chunk; a chunk of twice as many is split. */
const CHUNK_KEYS = 256;

/** Texts in ascending order, in chunks: a lookup is two binary searches, a change moves at most one chunk. */
export class SortedKeys {
  readonly #chunks: string[][] = [];

  /** Adds a key that is not present. */
  add(key: string): void {
    const index = this.#chunkOf(key);
    const chunk = this.#chunks[index];
    if (chunk === undefined) {
      this.#chunks.push([key]);
      return;
    }
    const position = positionIn(chunk, key);
    chunk.splice(position, 0, key);
    if (chunk.length <= 2 * CHUNK_KEYS) return;
    // Keys mostly grow: a chunk that only grows at its end stays full.
    const isLast = index === this.#chunks.length - 1 && position === chunk.length - 1;
    this.#chunks.splice(index + 1, 0, chunk.splice(isLast ? position : CHUNK_KEYS));
  }

  remove(key: string): void {
    const index = this.#chunkOf(key);
    const chunk = this.#chunks[index];
    const position = chunk === undefined ? 0 : positionIn(chunk, key);
    if (chunk?.[position] !== key) return;
    if (chunk.length === 1) this.#chunks.splice(index, 1);
    else chunk.splice(position, 1);
  }

  /** Keys from `start` on; keys added or removed meanwhile may or may not be among them. */
  *from(start: string): Iterable<string> {
    let index = this.#chunkOf(start);
    let position = positionIn(this.#chunks[index] ?? [], start);
    for (let chunk = this.#chunks[index]; chunk !== undefined; chunk = this.#chunks[++index]) {
      for (; position < chunk.length; position++) yield chunk[position] as string;
      position = 0;
    }
  }

  /** The last chunk that begins at or before the key. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#chunks[middle]?.[0] as string) <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Where the key is, or would be. */
function positionIn(chunk: readonly string[], key: string): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((chunk[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
