import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { HeldBytes } from './held-bytes.ts';

/** A body in the form of an event. */
export interface BodyText {
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** `gone`: the caller left before the end. A number: the least bytes of a body that is too large. */
export type BodyOutcome = BodyText | 'gone' | 'tooMuchUnderWay' | number;

interface Reading {
  readonly bytesMax: number;
  /** Gives way while its body arrives. */
  readonly exchange: { giveWay: (() => void) | undefined };
  /** Counts the bytes read until they are released. */
  readonly held: HeldBytes;
}

const NO_BODY: BodyText = { body: '', isBase64Encoded: false };

/** Reads the body of a request, up to `bytesMax`. Bytes beyond that are left to the connection. */
export function readRequestBody(
  request: IncomingMessage,
  { bytesMax, exchange, held }: Reading,
): Promise<BodyOutcome> | BodyOutcome {
  const announced = request.headers['content-length'];
  if (announced === undefined && request.headers['transfer-encoding'] === undefined) return NO_BODY;
  if (Number(announced) > bytesMax) return Number(announced);
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    let isOver = false;
    const end = (outcome: BodyOutcome) => {
      if (isOver) return;
      isOver = true;
      exchange.giveWay = undefined;
      chunks = [];
      resolve(outcome);
    };
    exchange.giveWay = () => end('tooMuchUnderWay');
    request.on('data', (chunk: Buffer) => {
      if (isOver) return;
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= bytesMax) held.add(exchange, chunk.length);
      else end(bytes);
    });
    request.on('end', () => end(bodyText(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks))));
    // May run after the end; then it changes nothing.
    request.on('close', () => end('gone'));
    request.on('error', () => end('gone'));
  });
}

/** Bytes that are not UTF-8 stay bytes, as in a gateway. */
export function bodyText(bytes: Buffer): BodyText {
  if (bytes.length === 0) return NO_BODY;
  return isUtf8(bytes)
    ? { body: bytes.toString('utf8'), isBase64Encoded: false }
    : { body: bytes.toString('base64'), isBase64Encoded: true };
}
