import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type Io, main, type Out, type Program } from '../src/cli/index.ts';
import { MACHINE } from '../src/client/host.ts';

/** The width of a terminal that does not tell its own. */
const COLUMNS = 80;

const outOf = (stream: NodeJS.WriteStream): Out => {
  // Each write reports its own failure.
  stream.on('error', () => {});
  return {
    isTerminal: stream.isTTY,
    columns: stream.columns ?? COLUMNS,
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => (error ? reject(error) : resolve()));
      }),
  };
};

/** A group of its own: an interrupt of the terminal lets the program finish. */
async function run(command: string, { input, environment, signal }: Program): Promise<number> {
  const child = spawn(command, {
    shell: true,
    detached: process.platform !== 'win32',
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const end = () => {
    if (child.pid !== undefined) process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGTERM');
  };
  signal.addEventListener('abort', end, { once: true });
  // A program need not read its input.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return code ?? 1;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

const { APPDATA, XDG_CONFIG_HOME } = process.env;

const io: Io = {
  stdin: {
    [Symbol.asyncIterator]: () => process.stdin[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>,
    get isTerminal() {
      return process.stdin.isTTY;
    },
  },
  stdout: outOf(process.stdout),
  stderr: outOf(process.stderr),
  environment: process.env,
  settingsDirectory: XDG_CONFIG_HOME || APPDATA || join(homedir(), '.config'),
  host: MACHINE,
  nowMs: () => Date.now(),
  onInterrupt: (listener) => {
    process.on('SIGINT', listener);
    return () => process.off('SIGINT', listener);
  },
  run,
  ask,
};

// Everything is written by now; an unread input or an idle connection must not keep the process.
process.exit(await main(process.argv.slice(2), io));
