import type { Readable } from 'node:stream';

/** A longer line is passed on in pieces, so that output without line ends takes no memory. */
const LINE_LENGTH_MAX = 8_192;

/** Passes on each line of a stream that is not empty. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  const pass = (line: string) => {
    if (line !== '') onLine(line);
  };
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) pass(line);
    if (rest.length < LINE_LENGTH_MAX) return;
    pass(rest);
    rest = '';
  });
  stream.on('end', () => pass(rest));
}
