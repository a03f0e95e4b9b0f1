import { createHash, hash } from 'node:crypto';
import type { MessageAttribute } from '../../model/message.ts';
import { dataTypeOf } from './message-attributes.ts';

/** MD5 of a text, which clients compare with their own: a checksum, no secret. */
export const md5 = (value: string): string => hash('md5', value);

// SQS's marks of a kind of value in a digest.
const TRANSPORT_TEXT = 1;
const TRANSPORT_BINARY = 2;

/**
 * MD5 of attributes, as SQS computes it: for each by name, the length and bytes of name and type, a byte for text or
 * binary, the length and bytes of the value. `undefined` when there are none.
 */
export function md5OfAttributes(attributes: readonly (readonly [string, MessageAttribute])[]): string | undefined {
  if (attributes.length === 0) return undefined;
  const sum = createHash('md5');
  const add = (bytes: Uint8Array) => {
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(bytes.length);
    sum.update(length).update(bytes);
  };
  for (const [name, attribute] of attributes.toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const isBinary = attribute.type === 'binary';
    add(Buffer.from(name));
    add(Buffer.from(dataTypeOf(attribute)));
    sum.update(Buffer.of(isBinary ? TRANSPORT_BINARY : TRANSPORT_TEXT));
    add(Buffer.from(attribute.value, isBinary ? 'base64' : 'utf8'));
  }
  return sum.digest('hex');
}
