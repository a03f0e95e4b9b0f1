import { inflateRawSync } from 'node:zlib';
import { DecodeError } from './bytes.ts';

/** What is damaged must not make us allocate without end; nothing we store is larger: a request, as JSON. */
const INFLATED_BYTES_MAX = 64 * 1024 * 1024;

/** Inflates what this software deflated. @throws DecodeError when it is damaged */
export function inflated(bytes: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(bytes, { maxOutputLength: INFLATED_BYTES_MAX });
  } catch (error) {
    throw new DecodeError('the bytes cannot be decompressed', { cause: error });
  }
}
