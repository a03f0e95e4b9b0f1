import type { Host } from '../../client/index.ts';

/** Where text goes. */
export interface Out {
  /** A person reads it: tables, colours, local time. Otherwise a program does. */
  readonly isTerminal: boolean;
  /** Columns of the terminal. */
  readonly columns: number;
  /** Resolves when it was taken. @throws Error with the code `EPIPE` when the reader has gone */
  write(text: string | Uint8Array): Promise<void>;
}

export interface Program {
  /** Given to its standard input. */
  readonly input: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Ends the program. */
  readonly signal: AbortSignal;
}

/** What the command line needs of its process. Tests supply their own. */
export interface Io {
  readonly stdin: AsyncIterable<Uint8Array> & { readonly isTerminal: boolean };
  readonly stdout: Out;
  readonly stderr: Out;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Directory of the user's settings, for example `~/.config`. */
  readonly settingsDirectory: string;
  readonly host: Host;
  nowMs(): number;
  /** Calls `listener` at each interrupt, until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
  /** Runs a command line of the shell; its output goes where this process writes. Returns its exit code. */
  run(command: string, program: Program): Promise<number>;
  /** Asks a person on the terminal. */
  ask(question: string): Promise<string>;
}

/** The reader of the output has gone, like `head` after its last line. */
export const isBrokenPipe = (error: unknown): boolean =>
  error instanceof Error && ['EPIPE', 'ERR_STREAM_DESTROYED'].includes(String((error as NodeJS.ErrnoException).code));
