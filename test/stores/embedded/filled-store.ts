import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../../../src/stores/embedded/database.ts';
import { ManualClock } from '../../support/clock.ts';
import { blockPlacement } from '../../support/deliveries.ts';
import { freshKey, freshShard, START_MS } from '../../support/ids.ts';

export const clock = new ManualClock(START_MS);

export function givenDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'rewindmq-journal-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export async function open(directory: string): Promise<EmbeddedDatabase> {
  return await openEmbeddedDatabase({ directory, clock, durability: 'none' });
}

/** Enough to fill several segments of the log, and to be in the base. */
export async function fill(database: EmbeddedDatabase, rounds: number) {
  const shard = freshShard();
  const kept: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const placements = Array.from({ length: 100 }, (_, index) => {
      const placement = blockPlacement(shard, freshKey(round * 100 + index));
      return { ...placement, block: { ...placement.block, payload: Buffer.alloc(20_000, index) } };
    });
    await database.shards.put(placements);
    for (const { delivery } of placements.slice(1)) await database.shards.tryRemove(shard, delivery.key, {});
    await database.shards.removeBlocks(placements.slice(1).map(({ block }) => block.id));
    kept.push(placements[0]?.delivery.key ?? '');
    // The archiver follows, so that segments are released.
    const batch = await database.feed.read();
    database.feed.acknowledge(batch?.upTo ?? 0);
  }
  return { shard, kept };
}

export async function keysOf(database: EmbeddedDatabase, shard: Awaited<ReturnType<typeof fill>>['shard']) {
  const range = { from: freshKey(0).slice(0, 1) as never, before: '~' as never, limit: 1_000, isConsistent: true };
  return (await database.shards.list(shard, range)).deliveries.map(({ key }) => key);
}
