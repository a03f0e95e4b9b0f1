import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { QueueError } from '../model/errors.ts';
import { REQUEST_BYTES_MAX } from '../model/limits.ts';
import type { HttpEvent } from '../ports/http-event.ts';

const DECODERS = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
]);

/** The event with its body decoded by `Content-Encoding`; refuses a broken or too large body. */
export function withPlainBody(event: HttpEvent): HttpEvent | Promise<HttpEvent> {
  const encoding = event.headers['content-encoding'];
  if (encoding === undefined || event.body === undefined || encoding.toLowerCase() === 'identity') return event;
  return decoded(event, encoding);
}

async function decoded(event: HttpEvent, encoding: string): Promise<HttpEvent> {
  const decode = DECODERS.get(encoding.trim().toLowerCase());
  if (decode === undefined) return { ...event, refused: unknown(encoding) };
  const packed = Buffer.from(event.body ?? '', event.isBase64Encoded === true ? 'base64' : 'utf8');
  try {
    const bytes = await decode(packed, { maxOutputLength: REQUEST_BYTES_MAX });
    const headers = { ...event.headers, 'content-encoding': undefined, 'content-length': String(bytes.length) };
    return { ...event, headers, body: bytes.toString('base64'), isBase64Encoded: true };
  } catch (error) {
    const isTooLarge = error instanceof RangeError;
    return { ...event, refused: isTooLarge ? TOO_LARGE : broken(encoding) };
  }
}

const FIELD = { field: 'content-encoding' };
const TOO_LARGE = new QueueError('TooLarge', `the body has more than ${REQUEST_BYTES_MAX} bytes once it is unpacked`);
const broken = (encoding: string): QueueError =>
  new QueueError('InvalidField', `the body is not ${encoding.slice(0, 60)}, as content-encoding says`, FIELD);
const unknown = (encoding: string): QueueError =>
  new QueueError(
    'InvalidField',
    `content-encoding must be gzip, deflate or identity; given: ${JSON.stringify(encoding.slice(0, 60))}`,
    FIELD,
  );
