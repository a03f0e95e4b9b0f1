import { inflateRawSync } from 'node:zlib';
import { DecodeError } from './bytes.ts';

/** Damaged bytes must not allocate without limit. The largest value that is stored is a request as JSON. */
const INFLATED_BYTES_MAX = 64 * 1024 * 1024;

/** Inflates what this software deflated. @throws DecodeError when it is damaged */
export function inflated(bytes: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(bytes, { maxOutputLength: INFLATED_BYTES_MAX });
  } catch (error) {
    throw new DecodeError('the bytes cannot be decompressed', { cause: error });
  }
}
