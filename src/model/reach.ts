import { type Delivery, type Part, slicedParts } from './delivery.ts';
import { blockId } from './ids.ts';
import { unpackedBytes } from './packing.ts';

/** Names the block or the slice that holds a part. */
export const sourceOf = (part: Exclude<Part, { kind: 'inline' }>): string =>
  part.kind === 'block' ? blockId(part.origin) : `${part.slice.object}#${part.slice.number}`;

/**
 * How much one call may unpack. Messages are read with the whole of what they lie in: a block, a slice, or the payload
 * of their delivery. Each is counted once; what the first message lies in is always within reach.
 */
export class Reach {
  readonly #counted = new Set<string>();
  #bytesLeft: number;

  constructor(bytesMax: number) {
    this.#bytesLeft = bytesMax;
  }

  /** Those of the messages of a delivery, from the first of them on, that are within reach. */
  within(delivery: Delivery, indexes: readonly number[]): readonly number[] {
    let count = 0;
    for (const part of slicedParts(delivery, indexes)) {
      if (!this.#tryCount(delivery, part)) return indexes.slice(0, count);
      count += part.count;
    }
    return indexes;
  }

  #tryCount(delivery: Delivery, part: Part): boolean {
    const name = part.kind === 'inline' ? delivery.key : sourceOf(part);
    if (this.#counted.has(name)) return true;
    const bytes = bytesAround(delivery, part);
    if (bytes > this.#bytesLeft && this.#counted.size > 0) return false;
    this.#counted.add(name);
    this.#bytesLeft -= bytes;
    return true;
  }
}

/** Unpacked bytes of all that is read with a part. */
function bytesAround({ payload }: Delivery, part: Part): number {
  if (part.kind === 'block') return part.blockBytes;
  if (part.kind === 'archive') return part.slice.contentBytes;
  return payload === undefined ? 0 : unpackedBytes(payload);
}
