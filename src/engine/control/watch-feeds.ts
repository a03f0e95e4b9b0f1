import type { EpochMs } from '../../model/brand.ts';
import type { Delivery } from '../../model/delivery.ts';
import {
  type CellId,
  KEY_END,
  keyFrom,
  NO_QUEUE,
  type ShardKey,
  shardId,
  shardKey,
  visibleAtMs,
} from '../../model/ids.ts';
import { FEED_BARRIER_EVERY_MS } from '../../model/limits.ts';
import { MINUTE_MS } from '../../model/spans.ts';
import { newBarriers, putBarriers, removeBarriers } from '../records/index.ts';
import type { Controlling, Using } from '../service.ts';

/** The oldest barrier not passed yet, whose age counts, and the newest, which shows whether the feed advances. */
const BARRIERS_MAX = 2;

/**
 * Tells how long the change feed of any cell has been silent. A feed without a reader cannot report that itself, so
 * each cell gets a barrier every five minutes, in a shard of no queue. The barrier stays until the feed has passed it.
 * A leaving cell without shards gets none: its table has to become empty.
 *
 * @returns milliseconds since the oldest barrier was put that no feed has passed; 0 when there is none
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: for each cell a read a minute, and every five minutes a read and four write units.
 */
export async function watchFeeds(service: Controlling): Promise<number> {
  const { cells, leavingCells = [] } = service.settings;
  const silences = await Promise.all([
    ...cells.map((cell) => watchFeed(service, cell, true)),
    ...leavingCells.map(async (cell) => watchFeed(service, cell, await hasShards(service, cell))),
  ]);
  return Math.max(0, ...silences);
}

async function watchFeed(service: Controlling, cell: CellId, isInUse: boolean): Promise<number> {
  const shard = shardKey(NO_QUEUE, shardId(cell, 0));
  const nowMs = service.clock.nowMs();
  const all = { from: keyFrom(0 as EpochMs), before: KEY_END, limit: BARRIERS_MAX, isConsistent: true };
  const { deliveries } = await service.shards.list(shard, all);
  const passed = await Promise.all(deliveries.map(({ key }) => service.ledger.passage(shard, key, 'put')));
  const lastPassed = passed.findLastIndex((text) => text !== undefined);
  const waiting = deliveries.slice(lastPassed + 1);
  await remove(service, shard, isInUse ? deliveries.slice(0, lastPassed + 1) : deliveries);
  if (!isInUse) return 0;
  if (Math.floor(nowMs / MINUTE_MS) % (FEED_BARRIER_EVERY_MS / MINUTE_MS) === 0) {
    await remove(service, shard, waiting.slice(BARRIERS_MAX - 1));
    await putBarriers(service, newBarriers(service, [{ shard, atMs: nowMs }]));
  }
  const [oldest] = waiting;
  return oldest === undefined ? 0 : nowMs - visibleAtMs(oldest.key);
}

async function remove(service: Controlling, shard: ShardKey, barriers: readonly Delivery[]): Promise<void> {
  await removeBarriers(
    service,
    barriers.map(({ key }) => ({ shard, key })),
  );
}

async function hasShards({ catalog }: Using<'catalog'>, cell: CellId): Promise<boolean> {
  const status = (await catalog.get('cell', cell))?.value;
  return status !== undefined && status.openShards + status.drainingShards > 0;
}
