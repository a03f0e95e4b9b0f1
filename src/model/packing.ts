import { promisify } from 'node:util';
import { crc32, deflateRaw, deflateRawSync, type ZlibOptions } from 'node:zlib';
import { assert } from './assert.ts';
import { ByteReader, ByteWriter, DecodeError } from './bytes.ts';
import { refuseOtherFormat, STORED_FORMAT } from './format.ts';
import { INDEX_MAX } from './ids.ts';
import { inflated } from './inflated.ts';
import { type Message, type MessageAttributes, NO_ATTRIBUTES } from './message.ts';

/**
 * The one format of packed messages, inline, in a block item, in an object and in the archive:
 *
 *     format byte: twice the number of the format, and 1 more when the content is raw deflate
 *     checksum, 4 bytes: the CRC-32 of all that follows, begun with the format byte
 *     when it is deflated, 4 bytes: bytes of the content before that
 *     content: message count, then for each message: bytes of its body, bytes of its attributes (0: none)
 *         all bodies, one after the other, then all attributes as JSON objects
 *
 * Bodies stand beside bodies, which compresses best. A compressed payload keeps the checksum of its send in the archive
 * too, and every read checks it: 4 bytes a payload, and about 0.3 µs a kilobyte.
 * @see docs/decisions/0039-a-checksum-in-every-payload.md
 */
const PLAIN = 2 * STORED_FORMAT;
// Formats and places of fields, in bytes, as above.
const DEFLATED = PLAIN + 1;
const CHECKSUM_AT = 1;
const CONTENT_AT = 5;
const DEFLATED_CONTENT_AT = CONTENT_AT + 4;
/** Deflate's default; higher levels take longer and gain about a percent. */
const LEVEL = 6;
/** Bytes from which on deflating takes longer than the switch to another thread. */
const ASIDE_BYTES_MIN = 8_192;
const deflateRawAside = promisify<Uint8Array, ZlibOptions, Buffer>(deflateRaw);

/**
 * Joins plain payloads into one without reading their messages.
 * @throws DecodeError when one of them is damaged
 */
export function joinPlain(payloads: readonly Uint8Array[]): Uint8Array {
  const contents = payloads.map(readSizes);
  const writer = new ByteWriter(HEAD_BYTES + payloads.reduce((sum, { length }) => sum + length, 0));
  writer.raw(PLAIN_HEAD);
  writer.varint(contents.reduce((sum, { count }) => sum + count, 0));
  for (const { sizes } of contents) writer.raw(sizes);
  for (const { bodies } of contents) writer.raw(bodies);
  for (const { attributes } of contents) writer.raw(attributes);
  return sealed(writer.finish());
}

/**
 * Whether a payload is as it was packed. A plain payload must also hold `count` messages. Far cheaper than unpacking.
 */
export function isSound(packed: Uint8Array, count: number): boolean {
  try {
    if (packed[0] === PLAIN) return readSizes(packed).count === count;
    refuseDamaged(packed);
    return true;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}

/** Where bodies and attributes begin and end in a plain payload. */
function readSizes(plain: Uint8Array) {
  refuseDamaged(plain);
  if (isCompressed(plain)) throw new DecodeError('the payload is not plain');
  const reader = new ByteReader(plain, CONTENT_AT);
  const count = reader.varint();
  const start = reader.position;
  let bodyBytes = 0;
  let attributeBytes = 0;
  for (let left = count; left > 0; left--) {
    bodyBytes += reader.varint();
    attributeBytes += reader.varint();
  }
  const sizes = plain.subarray(start, reader.position);
  const bodies = reader.raw(bodyBytes);
  const attributes = reader.raw(attributeBytes);
  if (!reader.isAtEnd) throw new DecodeError('there are bytes after the last message');
  return { count, sizes, bodies, attributes };
}

/** Makes a plain payload smaller, here or elsewhere. */
export type Compress = (plain: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** Packs messages without compressing them. */
export function packPlain(messages: readonly Message[]): Uint8Array {
  assert(messages.length > 0, 'a payload holds at least one message');
  const texts = messages.map(({ attributes }) => attributesText(attributes));
  // Joined: one text is measured and written faster than many.
  let all = '';
  for (const { body } of messages) all += body;
  for (const text of texts) all += text;
  const isAscii = Buffer.byteLength(all) === all.length;
  const bytesOf = (text: string) => (isAscii ? text.length : Buffer.byteLength(text));
  const writer = new ByteWriter(HEAD_BYTES + all.length + messages.length * SIZES_BYTES);
  writer.raw(PLAIN_HEAD);
  writer.varint(messages.length);
  for (const [index, { body }] of messages.entries()) {
    writer.varint(bytesOf(body));
    writer.varint(bytesOf(texts[index] ?? ''));
  }
  if (isAscii) writer.utf8(all, all.length);
  // Two halves of a surrogate pair, one at the end of a body and one at the start of the next, would grow together.
  else for (const text of [...messages.map(({ body }) => body), ...texts]) writer.utf8(text);
  return sealed(writer.finish());
}

/** Format and room for the checksum. */
const PLAIN_HEAD = Uint8Array.of(PLAIN, 0, 0, 0, 0);
/** What is expected before the messages: head and count, and for each of them two sizes. */
const HEAD_BYTES = CONTENT_AT + 3;
/** Two sizes of a message, as numbers of variable length. */
const SIZES_BYTES = 3;

/** Compresses a plain payload; returns it unchanged where that gains nothing. Cost: about 10 µs a kilobyte. */
export const compress = (plain: Uint8Array): Uint8Array =>
  smaller(plain, deflateRawSync(plain.subarray(CONTENT_AT), { level: LEVEL }));

/** As {@link compress}, on another thread where the payload is worth the switch, which takes about 50 µs. */
export async function compressAside(plain: Uint8Array): Promise<Uint8Array> {
  if (plain.length < ASIDE_BYTES_MIN) return compress(plain);
  return smaller(plain, await deflateRawAside(plain.subarray(CONTENT_AT), { level: LEVEL }));
}

function smaller(plain: Uint8Array, deflated: Uint8Array): Uint8Array {
  assert(plain[0] === PLAIN, 'only a plain payload is compressed');
  if (deflated.length + DEFLATED_CONTENT_AT >= plain.length) return plain;
  const packed = Buffer.allocUnsafe(deflated.length + DEFLATED_CONTENT_AT);
  packed[0] = DEFLATED;
  packed.writeUInt32BE(plain.length - CONTENT_AT, CONTENT_AT);
  packed.set(deflated, DEFLATED_CONTENT_AT);
  return sealed(packed);
}

/** The payload with its checksum written into it. */
function sealed(packed: Uint8Array): Uint8Array {
  bufferOf(packed).writeUInt32BE(checksumOf(packed), CHECKSUM_AT);
  return packed;
}

/** @throws DecodeError when the bytes are not those that were packed */
function refuseDamaged(packed: Uint8Array): void {
  const [formatByte = 0] = packed;
  if (packed.length <= CONTENT_AT) throw new DecodeError('the payload is cut short');
  const isIntact = bufferOf(packed).readUInt32BE(CHECKSUM_AT) === checksumOf(packed);
  if (!isIntact) throw new DecodeError('the payload does not match its checksum');
  refuseOtherFormat('the payload', formatByte >> 1);
}

/** Begun with the format byte, so that it covers that too. */
const checksumOf = (packed: Uint8Array): number => crc32(packed.subarray(CONTENT_AT), packed[0]);

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** Whether a payload is compressed already, so that packing it again gains nothing. */
export const isCompressed = (packed: Uint8Array): boolean => packed[0] === DEFLATED;

/** Leaves up to `plainBytesMax` bytes as they are and compresses more: below, compression saves no write unit. */
export function pack(messages: readonly Message[], plainBytesMax: number): Uint8Array {
  const plain = packPlain(messages);
  return plain.length <= plainBytesMax ? plain : compress(plain);
}

/** Reads all messages of a payload. @throws DecodeError when it is damaged. */
export function unpack(packed: Uint8Array): Message[] {
  const reader = new ByteReader(plainContent(packed));
  const count = reader.varint();
  // Checked before memory is allocated: a damaged number may be huge.
  if (count === 0 || count > INDEX_MAX) throw new DecodeError(`${count} is no number of messages`);
  const bodySizes: number[] = [];
  const attributeSizes: number[] = [];
  for (let index = 0; index < count; index++) {
    bodySizes.push(reader.varint());
    attributeSizes.push(reader.varint());
  }
  const bodies = readBodies(reader, bodySizes);
  const messages = bodies.map((body, index) => {
    const bytes = attributeSizes[index] ?? 0;
    return { body, attributes: bytes === 0 ? NO_ATTRIBUTES : parseAttributes(reader.utf8(bytes)) };
  });
  if (!reader.isAtEnd) throw new DecodeError('there are bytes after the last message');
  return messages;
}

/** Decodes all bodies at once and then cuts them, which is faster. That works where every character is one byte. */
function readBodies(reader: ByteReader, sizes: readonly number[]): string[] {
  const start = reader.position;
  const all = reader.utf8(sizes.reduce((sum, size) => sum + size, 0));
  if (all.length === reader.position - start) {
    let at = 0;
    return sizes.map((size) => all.slice(at, (at += size)));
  }
  reader.moveTo(start);
  return sizes.map((size) => reader.utf8(size));
}

const attributesText = (attributes: MessageAttributes): string => {
  for (const _ in attributes) return JSON.stringify(attributes);
  return '';
};

function plainContent(packed: Uint8Array): Uint8Array {
  refuseDamaged(packed);
  if (!isCompressed(packed)) return packed.subarray(CONTENT_AT);
  const content = inflated(packed.subarray(DEFLATED_CONTENT_AT));
  if (content.length === unpackedBytes(packed)) return content;
  throw new DecodeError('the payload inflates to another size than it says');
}

/** Bytes of the messages of a payload once they are unpacked, by what its head says: not checked for damage. */
export const unpackedBytes = (packed: Uint8Array): number =>
  isCompressed(packed) && packed.length > DEFLATED_CONTENT_AT
    ? bufferOf(packed).readUInt32BE(CONTENT_AT)
    : packed.length;

function parseAttributes(text: string): MessageAttributes {
  let attributes: unknown;
  try {
    attributes = JSON.parse(text);
  } catch (error) {
    throw new DecodeError('the attributes are not JSON', { cause: error });
  }
  const isObject = typeof attributes === 'object' && attributes !== null && !Array.isArray(attributes);
  if (!isObject) throw new DecodeError('the attributes are not an object');
  return attributes as MessageAttributes;
}
