import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Io, main, type Out, type Program } from '../../src/cli/index.ts';
import { MACHINE } from '../../src/client/host.ts';

export interface Terminal {
  readonly url: string;
  readonly input?: string;
  /** A person sits there, in place of a pipe. */
  readonly isTerminal?: boolean;
  /** What the person answers to each question. */
  readonly answer?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Of an earlier run, to keep its contexts. */
  readonly settingsDirectory?: string;
  readonly columns?: number;
  /** Called at each write, to interrupt once something was written. */
  readonly onWrite?: (written: Written, interrupt: () => void) => void;
  readonly run?: (command: string, program: Program) => Promise<number>;
}

interface Written {
  readonly stdout: string;
  readonly stderr: string;
}

/** Longest pause between two calls that follow something. */
const PAUSE_MS_MAX = 20;

/** Settings of a user who has none yet. */
export function givenSettings(): string {
  const directory = mkdtempSync(join(tmpdir(), 'rewindmq-cli-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Runs a command line in this process, as if in a pipe or on a terminal. */
export async function runCli(argv: readonly string[], terminal: Terminal) {
  const { url, input = '', isTerminal = false, answer = '', columns = 100, onWrite } = terminal;
  const written = { stdout: '', stderr: '' };
  let interrupt = () => {};
  const out = (name: 'stdout' | 'stderr'): Out => ({
    isTerminal,
    columns,
    write: async (text) => {
      written[name] += Buffer.from(text).toString();
      onWrite?.(written, () => interrupt());
    },
  });
  const io: Io = {
    stdin: Object.assign(bytesOf(input), { isTerminal }),
    stdout: out('stdout'),
    stderr: out('stderr'),
    environment: { REWINDMQ_URL: url, NO_COLOR: '1', ...terminal.environment },
    settingsDirectory: terminal.settingsDirectory ?? givenSettings(),
    host: { ...MACHINE, sleep: (ms, signal) => MACHINE.sleep(Math.min(ms, PAUSE_MS_MAX), signal) },
    nowMs: () => Date.now(),
    onInterrupt: (listener) => {
      interrupt = listener;
      return () => {};
    },
    run: terminal.run ?? (async () => 0),
    ask: async (question) => {
      written.stderr += question;
      return answer;
    },
  };
  const code = await main(argv, io);
  return { code, ...written };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  if (text !== '') yield Buffer.from(text);
}

/** The JSON values of lines. */
export const jsonLines = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
