import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/index.ts';
import { runCli } from './terminal.ts';

const PAGE = join(import.meta.dirname, '../../docs/cli.md');

async function help(...command: readonly string[]): Promise<string> {
  return (await runCli([...command, '--help'], { url: '' })).stdout.trim();
}

/** The examples in the help of a command, and of each of its own commands. */
async function examples(name: string): Promise<string> {
  const own = await help(name);
  const [, list = ''] = /^Commands:\n([^]*)/m.exec(own) ?? [];
  const names = [...list.matchAll(/^ {2}(\w+)/gm)].flatMap(([, one = '']) => (one === 'help' ? [] : one));
  const texts = [own, ...(await Promise.all(names.map((one) => help(name, one))))];
  return texts.flatMap((text) => [...text.matchAll(/^ {2}\$ (.*)$/gm)].map(([, line]) => `${line}\n`)).join('');
}

describe('docs/cli.md', () => {
  it('lists every command, with its examples, below what is written by hand', async () => {
    const [byHand = ''] = (await readFile(PAGE, 'utf8')).split('\n## Commands\n');
    const all = `## Commands\n\n\`\`\`text\n${await help()}\n\`\`\`\n`;
    const used = (await Promise.all(COMMANDS.map(({ name }) => examples(name)))).filter((one) => one !== '');
    const about = 'Each command lists its options by `--help`.';
    const shown = `## Examples\n\n${about}\n\n\`\`\`sh\n${used.join('\n')}\`\`\`\n`;

    await expect([byHand, all, shown].join('\n')).toMatchFileSnapshot(PAGE);
  });
});
