import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runProcess } from './process.ts';

const ROOT = join(import.meta.dirname, '../..');
/** A process for each word that is completed, on a busy machine. */
const SHELL_MS_MAX = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'rewindmq-shells-'));
afterAll(() => rmSync(folder, { recursive: true }));

const isHere = (shell: string): boolean => spawnSync(shell, ['--version']).error === undefined;

/** A `rewindmq` that completes as the real one does, and prints every other command in place of running it. */
async function givenShell(shell: string): Promise<(args: readonly string[]) => string> {
  const bin = join(folder, shell);
  mkdirSync(join(bin, 'files'), { recursive: true });
  const program = join(bin, 'rewindmq');
  const real = `"${process.execPath}" "${ROOT}/bin/rewindmq.mjs"`;
  writeFileSync(program, `#!/bin/sh\nif [ "$1" = complete ]; then exec ${real} "$@"; fi\necho "ran:$*:"\n`);
  chmodSync(program, 0o755);
  writeFileSync(join(bin, 'script'), (await runProcess(['completion', shell])).stdout);
  writeFileSync(join(bin, 'files', 'a-file.txt'), '');
  return (args) => {
    const environment = { PATH: `${bin}:${process.env['PATH']}`, HOME: bin, TERM: 'dumb' };
    const run = spawnSync(shell, args, { cwd: join(bin, 'files'), env: environment, timeout: SHELL_MS_MAX });
    return run.stdout.toString() + run.stderr.toString();
  };
}

/** Types lines into a terminal with zsh, and shows what it prints. */
const TYPED = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT=; source ../script"
zpty -w -n shell $'rewindmq queue sh\\t\\n'
zpty -w -n shell $'rewindmq send orders --file a-f\\t\\n'
zpty -w shell exit
while zpty -r shell line; do print -rn -- "$line"; done`;

describe('completion', () => {
  it.skipIf(!isHere('zsh'))('completes commands and files in zsh (left out where there is no zsh)', async () => {
    const zsh = await givenShell('zsh');

    const printed = zsh(['-f', '-c', TYPED]);

    expect(printed).toContain('ran:queue show:');
    expect(printed).toContain('ran:send orders --file a-file.txt:');
  });

  it.skipIf(!isHere('fish'))('completes commands and files in fish (left out where there is no fish)', async () => {
    const fish = await givenShell('fish');
    const complete = (line: string) =>
      fish(['-N', '-c', `source ../script; complete -C '${line}'`])
        .trim()
        .split('\n');

    expect(complete('rewindmq queue sh')).toEqual(['show']);
    expect(complete('rewindmq completion ')).toEqual(['bash', 'fish', 'zsh']);
    expect(complete('rewindmq send orders --file a-f')).toEqual(['a-file.txt']);
  });
});
