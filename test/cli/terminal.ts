import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Io, main, type Out } from '../../src/cli/index.ts';
import { MACHINE } from '../../src/client/host.ts';

/** Runs a command line in this process, as if in a pipe or on a terminal. */
export async function runCli(
  argv: readonly string[],
  {
    url,
    input = '',
    isTerminal = false,
  }: { readonly url: string; readonly input?: string; readonly isTerminal?: boolean },
) {
  const settingsDirectory = mkdtempSync(join(tmpdir(), 'rewindmq-cli-'));
  onTestFinished(() => rmSync(settingsDirectory, { recursive: true }));
  const written = { stdout: '', stderr: '' };
  const out = (name: 'stdout' | 'stderr'): Out => ({
    isTerminal,
    columns: 100,
    write: async (text) => void (written[name] += Buffer.from(text).toString()),
  });
  const io: Io = {
    stdin: Object.assign(bytesOf(input), { isTerminal }),
    stdout: out('stdout'),
    stderr: out('stderr'),
    environment: { REWINDMQ_URL: url, NO_COLOR: '1' },
    settingsDirectory,
    host: MACHINE,
    nowMs: () => Date.now(),
    onInterrupt: () => () => {},
    run: async () => 0,
    ask: async () => '',
  };
  const code = await main(argv, io);
  return { code, ...written };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  if (text !== '') yield Buffer.from(text);
}
