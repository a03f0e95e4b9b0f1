import { randomFillSync } from 'node:crypto';
import { randomText } from '../model/sortable-text.ts';
import type { Random } from '../ports/random.ts';

/** Random bytes come from a pool: one system call serves hundreds of ids. */
const POOL_BYTES = 4_096;
const pool = Buffer.allocUnsafe(POOL_BYTES);
let used = POOL_BYTES;

/** Randomness of this machine: ids cannot be guessed; choices need only be even. */
export const systemRandom: Random = {
  next: () => Math.random(),
  text: (length) => randomText(randomBytes(length)),
};

function randomBytes(count: number): Uint8Array {
  if (count > POOL_BYTES) return randomFillSync(Buffer.allocUnsafe(count));
  if (used + count > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  used += count;
  return pool.subarray(used - count, used);
}
