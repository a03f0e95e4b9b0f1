import type { Command } from 'commander';
import { type Outcome, onShell } from './frame/command.ts';
import { reportFailure } from './frame/failure.ts';
import { type Interrupts, openInterrupts } from './frame/interrupt.ts';
import type { Io } from './frame/io.ts';
import { type GlobalOptions, Shell } from './frame/shell.ts';
import { programOf } from './program.ts';
import { EXIT, type ExitCode } from './rules/exit-codes.ts';

/** Runs one command line and returns its exit code. Never throws. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  const interrupts = openInterrupts(io);
  try {
    return await Promise.race([run(argv, io, interrupts), interrupts.stopped]);
  } catch (error) {
    return await reportFailure(error, { io, interrupts, isDebugging: argv.includes('--debug') });
  } finally {
    interrupts.close();
  }
}

async function run(argv: readonly string[], io: Io, interrupts: Interrupts): Promise<ExitCode> {
  const outcome: Outcome = { code: EXIT.done };
  const open = (command: Command) => new Shell(io, command.optsWithGlobals<GlobalOptions>(), interrupts);
  const written: Promise<void>[] = [];
  const program = programOf(onShell(open, outcome), {
    writeOut: (text) => void written.push(io.stdout.write(text)),
    writeErr: (text) => void written.push(io.stderr.write(text)),
    getOutHelpWidth: () => (io.stdout.isTerminal ? io.stdout.columns : 100),
    getErrHelpWidth: () => (io.stderr.isTerminal ? io.stderr.columns : 100),
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  try {
    await program.parseAsync(withoutHelpCommand(argv), { from: 'user' });
  } finally {
    await Promise.all(written);
  }
  return outcome.code;
}

/** `help send` is `send --help`: the parser's own help would not load the command. */
const withoutHelpCommand = ([first = 'help', ...rest]: readonly string[]): string[] =>
  first === 'help' ? [...rest, '--help'] : [first, ...rest];
