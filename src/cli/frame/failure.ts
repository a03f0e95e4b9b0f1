import { CommanderError } from 'commander';
import { RewindMqError } from '../../client/index.ts';
import { CommandFailure, EXIT, type ExitCode, exitOf, WrongUse } from '../rules/exit-codes.ts';
import { visible } from '../rules/visible.ts';
import type { Interrupts } from './interrupt.ts';
import { type Io, isBrokenPipe } from './io.ts';

interface Failed {
  readonly io: Io;
  readonly interrupts: Interrupts;
  readonly isDebugging: boolean;
}

/** Tells in one sentence why a command failed, and returns its exit code. */
export async function reportFailure(error: unknown, { io, interrupts, isDebugging }: Failed): Promise<ExitCode> {
  // The parser has written its message, or the help, already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
  // The reader closed the pipe because it needs no more.
  if (isBrokenPipe(error)) return EXIT.done;
  if (interrupts.first.aborted && isAbort(error)) return EXIT.interrupted;
  const { exit, sentence } = explained(error);
  const stack = isDebugging && error instanceof Error ? `\n${error.stack}` : '';
  const text = `error: ${sentence}${stack}`;
  await io.stderr.write(`${io.stderr.isTerminal ? visible(text) : text}\n`);
  return exit;
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

function explained(error: unknown): { readonly exit: ExitCode; readonly sentence: string } {
  if (error instanceof WrongUse) return { exit: EXIT.wrongUse, sentence: error.message };
  if (error instanceof CommandFailure) return { exit: error.exit, sentence: error.message };
  if (error instanceof RewindMqError) return { exit: exitOf(error.code), sentence: sentenceOf(error) };
  return { exit: EXIT.failed, sentence: error instanceof Error ? error.message : String(error) };
}

/** What happened, what helps if that is known, and the id of the call in the logs. */
export function sentenceOf(error: RewindMqError): string {
  const cure = CURES[error.code];
  const reason = error.code === 'unreachable' ? withCause(error) : error.message;
  const request = error.requestId === undefined ? '' : ` (${error.code}, request ${error.requestId})`;
  return `${reason}${request}${cure === undefined ? '' : `; ${cure}`}`;
}

const CURES: Readonly<Partial<Record<RewindMqError['code'], string>>> = {
  unreachable: '`rewindmq start` starts a server here, --url names another',
  queueNotFound: '`rewindmq queue ls` lists the queues',
  throttled: 'try again later, or use --rate',
};

/** `fetch` says only that it failed; its cause says why. */
function withCause({ message, cause }: RewindMqError): string {
  const code = ((cause as Error | undefined)?.cause as NodeJS.ErrnoException | undefined)?.code;
  const words = code === undefined ? undefined : (CAUSES[code] ?? code);
  return words === undefined ? message : message.replace(/ \(.*\)$/, `: ${words}`);
}

const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host could not be resolved',
  ECONNRESET: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  EHOSTUNREACH: 'there is no route to the host',
};
