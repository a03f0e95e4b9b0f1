import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpResult } from '../ports/http-event.ts';

/** How long the peer may keep an idle connection, as `node:http` tells it. */
export interface AnswerEnd {
  readonly isLast: boolean;
  readonly keepAliveSeconds: number;
}

/** Nothing in a value may end its line. */
const HEADER_VALUE = /^[ -~\t]*$/;

let dateAtSecond = 0;
let date = '';

/**
 * Writes an answer with the headers that `node:http` would write.
 * @returns its body's bytes, and whether the system took all of it
 * @throws Error when a header's value cannot be written
 */
export function writePlainAnswer(
  socket: Socket,
  result: HttpResult,
  { isLast, keepAliveSeconds }: AnswerEnd,
): { readonly bytes: number; readonly isTaken: boolean } {
  const { statusCode, body, isBase64Encoded } = result;
  const raw = isBase64Encoded === true ? Buffer.from(body, 'base64') : undefined;
  const bytes = raw?.length ?? Buffer.byteLength(body);
  let head = `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? 'unknown'}\r\n`;
  for (const name in result.headers) {
    const value = result.headers[name] ?? '';
    if (!HEADER_VALUE.test(value)) throw new Error(`the value of the header ${name} cannot be written`);
    head += `${name}: ${value}\r\n`;
  }
  if (statusCode !== 204) head += `content-length: ${bytes}\r\n`;
  head += isLast
    ? `connection: close\r\nDate: ${dateNow()}\r\n\r\n`
    : `Date: ${dateNow()}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${keepAliveSeconds}\r\n\r\n`;
  if (raw === undefined) return { bytes, isTaken: socket.write(head + body) };
  socket.cork();
  socket.write(head);
  const isTaken = socket.write(raw);
  socket.uncork();
  return { bytes, isTaken };
}

/** Made once a second. */
function dateNow(): string {
  const second = Math.floor(Date.now() / 1_000);
  if (second !== dateAtSecond) {
    dateAtSecond = second;
    date = new Date(second * 1_000).toUTCString();
  }
  return date;
}
