import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import type { LocalOptions } from '../../src/runtime/local-options.ts';
import { type QueuesFile, readQueuesFile } from '../../src/runtime/queues-file.ts';
import { keptLog, silentLog } from '../support/logs.ts';

let directory: string;
let server: LocalRuntime | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rewindmq-queues-'));
});
afterEach(async () => {
  await server?.close();
  await rm(directory, { recursive: true });
});

async function givenFile(text: string): Promise<string> {
  const path = join(directory, 'queues');
  await writeFile(path, text);
  return path;
}

/** Starts a server on the directory, in place of the previous one. */
async function start(options: Partial<LocalOptions>): Promise<void> {
  await server?.close();
  server = undefined;
  server = await openLocalRuntime({ directory: join(directory, 'data'), port: 0, log: silentLog, ...options });
}

const QUEUES: QueuesFile = {
  orders: { visibilitySeconds: 60, deadLetter: { queue: 'orders-dead', maxReceives: 5 } },
  'orders-dead': {},
};

describe('a file of queues', () => {
  it.each([
    ['JSON', JSON.stringify({ queues: QUEUES })],
    [
      'YAML',
      'queues:\n  orders: {visibilitySeconds: 60, deadLetter: {queue: orders-dead, maxReceives: 5}}\n  orders-dead:',
    ],
  ])('is read in %s', async (_form, text) => {
    expect(await readQueuesFile(await givenFile(text))).toEqual(QUEUES);
  });

  it.each([
    ['{"queues": []}', /lists no queues; it must be/],
    ['orders: {}', /lists no queues/],
    ['{"queues": {}, "more": 1}', /"more" is unknown/],
    ['queues: {orders: 5}', /orders has no attributes/],
    ['queues: [', /neither JSON nor YAML: .+/],
  ])('is refused in one sentence when it is %s', async (text, reason) => {
    const read = readQueuesFile(await givenFile(text));

    await expect(read).rejects.toThrow(reason);
    await expect(read).rejects.not.toThrow(/\n/);
  });

  it('is refused when it is not there', async () => {
    await expect(readQueuesFile(join(directory, 'none'))).rejects.toThrow(/cannot be read; --queues names/);
  });

  it('makes what is missing before the first call, whatever the order, and leaves what is there', async () => {
    const log = keptLog();
    await start({ queues: QUEUES });
    await start({ queues: { ...QUEUES, orders: { visibilitySeconds: 10, tags: { team: 'a' } }, more: {} }, log });

    const answer = await fetch(`${server?.url}/queues`);
    const { queues } = (await answer.json()) as { queues: { name: string; visibilitySeconds: number }[] };

    expect(queues.map(({ name, visibilitySeconds }) => [name, visibilitySeconds])).toEqual([
      ['more', 30],
      ['orders', 60],
      ['orders-dead', 30],
    ]);
    expect(JSON.stringify(log.lines)).toMatch(/queueDiffers.*visibilitySeconds is 60, given: 10; tags is {}, given:/);
  });

  it('ends the start with the attribute that is wrong', async () => {
    const started = start({ queues: { orders: { visibilitySeconds: -1 } } });

    await expect(started).rejects.toThrow(/^queue orders: visibilitySeconds must be/);
  });
});
