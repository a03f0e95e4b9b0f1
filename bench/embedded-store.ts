import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EpochMs } from '../src/model/brand.ts';
import { newDelivery } from '../src/model/delivery.ts';
import {
  cellId,
  type DeliveryId,
  deliveryKey,
  keyAfter,
  keyFrom,
  type QueueId,
  type ShardKey,
  shardId,
  shardKey,
} from '../src/model/ids.ts';
import { packPlain } from '../src/model/packing.ts';
import { randomText } from '../src/model/sortable-text.ts';
import type { Clock } from '../src/ports/clock.ts';
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../src/stores/embedded/database.ts';

/**
 * Operations of the embedded store in a second on this machine, every write synced to disk: single messages of 100
 * bytes in 16 shards, with a reader that follows the change feed. CPU is that of the whole process.
 */
const SHARDS = 16;
const ROUND_MS = 2_000;
const BACKLOG = 20_000;
const LEASE_MS = 30_000;

const clock: Clock = {
  nowMs: () => Date.now() as EpochMs,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
const text = (length: number): string => randomText(crypto.getRandomValues(new Uint8Array(length)));
const pick = (): ShardKey => shards[Math.floor(Math.random() * SHARDS)] as ShardKey;

const cell = cellId(0);
const queue = text(10) as QueueId;
const shards = Array.from({ length: SHARDS }, (_, number) => shardKey(queue, shardId(cell, number)));
const payload = packPlain([{ body: 'x'.repeat(100), attributes: {} }]);

const directory = mkdtempSync(join(tmpdir(), 'rewindmq-bench-'));
const database = await openEmbeddedDatabase({ directory, clock });
const following = follow(database);
for (const callers of [1, 16, 256]) await measure(`put, ${callers} callers`, callers, () => send(pick()));
for (const callers of [1, 16, 256]) await measure(`life, ${callers} callers`, callers, () => live(pick()));
const deep = shardKey(queue, shardId(cell, SHARDS));
await Promise.all(Array.from({ length: BACKLOG }, () => send(deep)));
await measure('first 10 of a shard', 1, () => list(deep, 10));
await measure('first 1 of a shard', 1, () => list(deep, 1));
await database.close();
await following;
rmSync(directory, { recursive: true });

async function send(shard: ShardKey): Promise<void> {
  await database.shards.put([{ shard, delivery: deliveryAt(clock.nowMs()) }]);
}

/** The storage steps of one message that is sent, received and deleted alone. */
async function live(shard: ShardKey): Promise<void> {
  await send(shard);
  const { deliveries } = await list(shard, 1);
  const first = deliveries[0];
  if (first === undefined) return; // Another caller took it over.
  const lease = { ...deliveryAt((clock.nowMs() + LEASE_MS) as EpochMs), receiveCount: 1 };
  await database.shards.put([{ shard, delivery: lease }]);
  await database.shards.tryRemove(shard, first.key, { edition: first.edition });
  await database.shards.tryRemove(shard, lease.key, { isIntact: true });
}

function list(shard: ShardKey, limit: number) {
  const range = { from: keyFrom(0 as EpochMs), before: keyAfter(clock.nowMs()), limit, isConsistent: true };
  return database.shards.list(shard, range);
}

function deliveryAt(visibleAtMs: EpochMs) {
  const id = text(8) as DeliveryId;
  const origin = { shardId: shardId(cell, 0), id, sentAtMs: clock.nowMs(), visibleAtMs: clock.nowMs() };
  const part = { kind: 'inline', origin, first: 0, count: 1 } as const;
  return newDelivery(deliveryKey(visibleAtMs, id), 0, { parts: [part], payload });
}

/** Reads the feed like an archiver, and discards it. */
async function follow({ feed }: EmbeddedDatabase): Promise<void> {
  for (let batch = await feed.read(); batch !== undefined; batch = await feed.read()) feed.acknowledge(batch.upTo);
}

async function measure(name: string, callers: number, step: () => Promise<unknown>): Promise<void> {
  const endMs = performance.now() + ROUND_MS;
  const startMs = performance.now();
  const before = process.cpuUsage();
  let steps = 0;
  const call = async () => {
    for (; performance.now() < endMs; steps++) await step();
  };
  await Promise.all(Array.from({ length: callers }, call));
  const { user, system } = process.cpuUsage(before);
  const perSecond = Math.round((steps / (performance.now() - startMs)) * 1_000);
  const cpuMicros = ((user + system) / steps).toFixed(1);
  process.stdout.write(
    `${name.padEnd(24)} ${String(perSecond).padStart(8)} /s   ${cpuMicros.padStart(6)} µs CPU each\n`,
  );
}
