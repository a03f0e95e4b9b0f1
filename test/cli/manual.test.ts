import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/index.ts';
import { runCli } from './terminal.ts';

const INTRODUCTION = `# Command line

\`npx rewindmq <command>\` works with a server or a deployment. This page is made of the help of the program:
\`npx vitest run test/cli/manual.test.ts -u\` writes it anew. The [README](../README.md#command-line) shows a first hour.

- **Where calls go**: \`--url\`, \`--context\`, \`REWINDMQ_URL\`, \`REWINDMQ_CONTEXT\`, the current context, \`http://127.0.0.1:4100\`; the first of
  these that is given. \`rewindmq context show\` tells what decided. Contexts are in \`~/.config/rewindmq/contexts.json\`
  (\`REWINDMQ_CONFIG\` names another file), and hold no secret.
- **How calls are signed**: with the key in \`REWINDMQ_ACCESS_KEY_ID\` and \`REWINDMQ_SECRET_ACCESS_KEY\` if it is set; not at all on this
  machine; else with the AWS credentials of the environment, of a profile or of the machine.
- **Output**: stdout is data, stderr is talk. A terminal gets tables, colours and local time. A pipe gets tab-separated lines without
  titles, ISO 8601 and plain numbers. \`--json\` prints one object, or one a line. \`NO_COLOR\` is obeyed. On a terminal, bodies and names
  cannot move the cursor: control characters are written as \`\\x1b\`.
- **Times**: \`2h\` (ago), \`"2h ago"\`, \`14:05\`, \`"yesterday 14:00"\`, \`2026-11-22\`, ISO 8601, epoch seconds or milliseconds; local time
  without a zone, UTC with \`--utc\`. **Durations**: \`90s\`, \`5m\`, \`2h\`, \`1d\`; a number alone is seconds.
- **Consent**: a command that moves or removes more than one message shows a preview first. A person is asked; a program gets exit code 3
  until it says \`--yes\`. In a context that was added with \`--production\`, \`--yes\` needs \`--confirm <queue>\`.
- **Interrupt**: the first Ctrl-C finishes what is in hand and gives leases back. The second one ends the command at once.

| exit code | meaning |
| --- | --- |
| 0 | done |
| 1 | failed |
| 2 | wrong use |
| 3 | would change something: a preview, or no consent |
| 4 | done in part, or stopped before the end |
| 5 | not found |
| 6 | not allowed |
| 7 | throttled, unavailable or unreachable after all tries |
| 130 | interrupted |
`;

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
  it('lists every command, with its examples', async () => {
    const all = `## Commands\n\n\`\`\`text\n${await help()}\n\`\`\`\n`;
    const used = (await Promise.all(COMMANDS.map(({ name }) => examples(name)))).filter((one) => one !== '');
    const shown = `## Examples\n\nEach command lists its options by \`--help\`.\n\n\`\`\`sh\n${used.join('\n')}\`\`\`\n`;

    await expect([INTRODUCTION, all, shown].join('\n')).toMatchFileSnapshot(
      join(import.meta.dirname, '../../docs/cli.md'),
    );
  });
});
