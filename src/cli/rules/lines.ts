import { TextDecoder } from 'node:util';
import { WrongUse } from './exit-codes.ts';

/** Lines of a stream of bytes, without their ends (`\n` or `\r\n`). @throws WrongUse for bytes that are not UTF-8 */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest = '';
  for await (const chunk of bytes) {
    const parts = (rest + decoded(decoder, chunk)).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) yield withoutReturn(part);
  }
  rest += decoded(decoder);
  if (rest !== '') yield withoutReturn(rest);
}

/** The whole stream as one text. @throws WrongUse for bytes that are not UTF-8 */
export async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const parts: string[] = [];
  for await (const chunk of bytes) parts.push(decoded(decoder, chunk));
  return [...parts, decoded(decoder)].join('');
}

function decoded(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw new WrongUse('The input is no UTF-8 text; a body is text, so encode other bytes, for example in Base64.');
  }
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);
