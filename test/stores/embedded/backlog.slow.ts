import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createQueue } from '../../../src/engine/index.ts';
import { newDelivery } from '../../../src/model/delivery.ts';
import { shardKey } from '../../../src/model/ids.ts';
import { packPlain } from '../../../src/model/packing.ts';
import { World } from '../../support/given.ts';
import { freshKey, freshOrigin } from '../../support/ids.ts';
import { startServerProcess } from '../../support/server-process.ts';

/** Each is put and removed without the archiver: a million changes. */
const MESSAGES = 500_000;
const MESSAGES_PER_CALL = 1_000;
const HEAP_MB = 200;
/** Processor time, which a busy machine does not lengthen, compared with that of an empty server. */
const START_MS_MAX = 2_000;
const MS_PER_TICK = 10;

it('starts at once on a backlog of a million changes, and works it off while it serves', {
  timeout: 900_000,
}, async () => {
  const [directory, other] = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'rewindmq-backlog-'))) as [string, string];
  onTestFinished(() => {
    for (const each of [directory, other]) rmSync(each, { recursive: true, force: true });
  });
  await leaveBacklog(directory);
  const empty = await timedStart(other);
  await empty.server.stop();

  const { server, tookMs } = await timedStart(directory);

  process.stdout.write(`start ${tookMs} ms of processor time, of an empty server ${empty.tookMs} ms\n`);
  expect(tookMs).toBeLessThan(empty.tookMs + START_MS_MAX);
  const queue = `${server.url}/queues/orders`;
  for (let deleted = 0; deleted < MESSAGES; ) {
    const sent = await call('POST', `${queue}/messages`, { messages: [{ body: 'meanwhile' }] });
    expect(sent.status).toBe(200);
    const { counts } = (await (await fetch(queue)).json()) as { counts: { deleted: number } };
    expect(counts.deleted).toBeGreaterThanOrEqual(deleted);
    deleted = counts.deleted;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await server.stop();
});

/** Deleted leased messages without a reader of the feed. */
async function leaveBacklog(directory: string): Promise<void> {
  const world = await World.open(directory, {});
  const { queue } = await createQueue(world.service, { name: 'orders', settings: {} }).then(async () => {
    return await world.service.routes.get('orders');
  });
  const [shard] = queue.route.shards.map(({ id }) => shardKey(queue.id, id));
  if (shard === undefined) throw new Error('a queue has a shard');
  const payload = packPlain([{ body: 'x'.repeat(100), attributes: {} }]);
  for (let count = 0; count < MESSAGES; count += MESSAGES_PER_CALL) {
    const deliveries = Array.from({ length: MESSAGES_PER_CALL }, (_, index) => {
      const part = { kind: 'inline', origin: freshOrigin(), first: 0, count: 1 } as const;
      return newDelivery(freshKey(count + index), 1, { parts: [part], payload });
    });
    await world.ports.shards.put(deliveries.map((delivery) => ({ shard, delivery })));
    await Promise.all(deliveries.map(({ key }) => world.ports.shards.tryRemove(shard, key, {})));
  }
  await world.close();
}

async function timedStart(directory: string) {
  const server = await startServerProcess(directory, [`--max-old-space-size=${HEAP_MB}`]);
  return { server, tookMs: processorMs(server.processId) };
}

/** Processor time of a process so far; 0 if the system does not report it. */
function processorMs(processId: number): number {
  if (process.platform !== 'linux') return 0;
  const fields = readFileSync(`/proc/${processId}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

const call = (method: string, url: string, body: object) => fetch(url, { method, body: JSON.stringify(body) });
