import { createReadStream } from 'node:fs';
import { WrongUse } from '../rules/exit-codes.ts';
import type { Shell } from './shell.ts';

/** The bytes of a file, or of stdin. @throws WrongUse while it reads a file that cannot be read */
export async function inputOf({ io, out }: Shell, file: string | undefined): Promise<AsyncIterable<Uint8Array>> {
  if (file !== undefined && file !== '-') return fileBytes(file);
  if (io.stdin.isTerminal) await out.say('Reading from the terminal; Ctrl-D ends the input.');
  return io.stdin;
}

async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
  } catch (error) {
    throw new WrongUse(`${path} cannot be read: ${(error as Error).message}`);
  }
}
