import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { given } from '../support/given.ts';
import { freshText } from '../support/ids.ts';

it('lets the script of the format page read, by itself, what the archiver wrote', async () => {
  const world = await given({ queues: { orders: {}, other: {} } });
  const attributes = { kind: { type: 'string', value: 'größer' } } as const;
  const bodies = ['', 'ein Wort', ...Array.from({ length: 200 }, () => freshText(300)), freshText(70_000)];
  await world.send(bodies, { attributes });
  await world.send(['of another queue'], { queue: 'other' });
  for (const queue of ['orders', 'other']) await world.consume(queue);
  await world.settle();

  const printed: { body: string; attributes: unknown }[] = [];
  for (const name of await world.ports.objects.list('archive/', { limit: 10 })) {
    const object = (await world.ports.objects.get(name)) ?? new Uint8Array();
    printed.push(...runScript(object));
  }

  const expected = [...bodies.map((body) => ({ body, attributes })), { body: 'of another queue', attributes: {} }];
  expect(sorted(printed)).toEqual(sorted(expected));
});

function runScript(object: Uint8Array): { body: string; attributes: unknown }[] {
  const page = readFileSync(new URL('../../docs/archive-format.md', import.meta.url), 'utf8');
  const script = /```js\n([^]*?)```/.exec(page)?.[1] ?? '';
  const directory = mkdtempSync(join(tmpdir(), 'rewindmq-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'read.mjs'), script);
  writeFileSync(join(directory, 'object'), object);
  const lines = execFileSync(process.execPath, [join(directory, 'read.mjs'), join(directory, 'object')], {
    encoding: 'utf8',
  });
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { body: string; attributes: unknown });
}

const sorted = <One extends { readonly body: string }>(messages: readonly One[]): One[] =>
  messages.toSorted((one, other) => (one.body < other.body ? -1 : 1));
