import type { EpochMs } from '../model/brand.ts';
import { addCounts, type Counts, countSeen, countShard, NO_COUNTS, type Seen } from '../model/counts.ts';
import { claimableIndexes, type Delivery } from '../model/delivery.ts';
import {
  type DeliveryKey,
  KEY_END,
  keyAfter,
  keyFrom,
  type ShardId,
  type ShardKey,
  shardKey,
  visibleAtMs,
} from '../model/ids.ts';
import { EXACT_COUNT_MESSAGES_MAX, EXACT_COUNT_SHARDS_MAX } from '../model/limits.ts';
import type { Queue } from '../model/queue.ts';
import type { RouteShard } from '../model/route.ts';
import { addTotals, EMPTY_TOTALS, NO_TOTALS, type TotalsRecord } from '../model/totals.ts';
import type { Stored } from '../ports/catalog.ts';
import { passBarrier } from './barrier.ts';
import { getQueue } from './queues.ts';
import type { QueueService } from './service.ts';

export interface QueueCounts {
  readonly queue: Queue;
  readonly counts: Counts;
  /** The moment the counts are exact for. */
  readonly asOfMs: EpochMs;
  /** False when some of them are the running totals' best guess; their sum is exact even then. */
  readonly isExact: boolean;
  /** How long the first message that can be claimed has been due; 0 when there is none. */
  readonly oldestReadyAgeMs: number;
}

const PAGE_LIMIT = 1_000;
const TOTALS_PER_PAGE = 1_000;

/**
 * Counts the messages of a queue by state. Small queues are counted at this moment, after the feed has caught up;
 * large ones as of what the feed has told, never by reading the backlog.
 *
 * @throws QueueError `QueueNotFound`, `Throttled`, `Unavailable`
 * @remarks Cost: two pages a shard; for small queues two write units a shard more.
 */
export async function queueCounts(service: QueueService, name: string): Promise<QueueCounts> {
  const queue = await getQueue(service, name);
  const { shards } = queue.route;
  const isCaughtUp = await tryCatchUp(service, queue);
  const nowMs = service.clock.nowMs();
  const totals = await readTotals(service, queue);
  const seen = await Promise.all(shards.map((shard) => countOne(service, queue, { shard, nowMs, totals })));
  const gone = [...totals].filter(([id]) => !shards.some((shard) => shard.id === id)).map(([, record]) => record);
  const retired = countShard(gone.reduce(addTotals, NO_TOTALS), NOTHING_SEEN, NOTHING_SEEN, false);
  const isExact = isCaughtUp && seen.every((one) => one.isComplete);
  return {
    queue,
    counts: seen.map((one) => one.counts).reduce(addCounts, addCounts(NO_COUNTS, retired)),
    asOfMs: isExact ? nowMs : (Math.min(nowMs, ...[...totals.values()].map((record) => record.asOfMs)) as EpochMs),
    isExact,
    oldestReadyAgeMs: Math.max(0, ...seen.map((one) => one.oldestReadyAgeMs)),
  };
}

const NOTHING_SEEN: Seen = { ready: 0, delayed: 0, inFlight: 0, neverLeased: 0, isComplete: true };

async function tryCatchUp(service: QueueService, queue: Queue): Promise<boolean> {
  const { shards } = queue.route;
  if (shards.length > EXACT_COUNT_SHARDS_MAX) return false;
  const totals = await readTotals(service, queue);
  // What a purge left behind is in the queue no more, however much it is.
  const left = shards.flatMap(({ id, fromMs }) => (fromMs === undefined ? (totals.get(id) ?? []) : []));
  const outstanding = left.reduce((sum, record) => sum + record.neverLeased + record.leased, 0);
  if (outstanding > EXACT_COUNT_MESSAGES_MAX) return false;
  return await passBarrier(
    service,
    shards.map((shard) => shardKey(queue.id, shard.id)),
  );
}

async function readTotals(service: QueueService, queue: Queue): Promise<Map<ShardId, TotalsRecord>> {
  const prefix = `${queue.id}/`;
  const all: (readonly [ShardId, TotalsRecord])[] = [];
  for (let after: string | undefined = ''; after !== undefined; ) {
    const range = { prefix, after, limit: TOTALS_PER_PAGE };
    const page: readonly Stored<TotalsRecord>[] = await service.catalog.list('totals', range);
    all.push(...page.map(({ name, value }) => [name.slice(prefix.length) as ShardId, value] as const));
    after = page.length === TOTALS_PER_PAGE ? page.at(-1)?.name : undefined;
  }
  return new Map(all);
}

interface ShardCount {
  readonly counts: Counts;
  readonly isComplete: boolean;
  readonly oldestReadyAgeMs: number;
}

async function countOne(
  service: QueueService,
  queue: Queue,
  of: { readonly shard: RouteShard; readonly nowMs: EpochMs; readonly totals: ReadonlyMap<ShardId, TotalsRecord> },
): Promise<ShardCount> {
  const { nowMs } = of;
  const { fromMs, isSettled } = of.shard;
  const totals = of.totals.get(of.shard.id) ?? EMPTY_TOTALS;
  if (isSettled === true) {
    const counts = countShard(totals, NOTHING_SEEN, NOTHING_SEEN, true);
    return { counts, isComplete: true, oldestReadyAgeMs: 0 };
  }
  const key = shardKey(queue.id, of.shard.id);
  const [due, later] = await Promise.all([
    readRange(service, key, keyFrom(fromMs ?? (0 as EpochMs)), keyAfter(nowMs)),
    readRange(service, key, keyAfter(nowMs), KEY_END),
  ]);
  const dueSeen = countSeen(due.deliveries, { nowMs, fromMs, isComplete: due.isComplete });
  const laterSeen = countSeen(later.deliveries, { nowMs, fromMs, isComplete: later.isComplete });
  const oldest = due.deliveries.find((delivery) => claimableIndexes(delivery, nowMs, fromMs).length > 0);
  return {
    counts: countShard(totals, dueSeen, laterSeen, fromMs !== undefined),
    isComplete: due.isComplete && later.isComplete,
    oldestReadyAgeMs: oldest === undefined ? 0 : nowMs - visibleAtMs(oldest.key),
  };
}

async function readRange(
  service: QueueService,
  shard: ShardKey,
  from: DeliveryKey,
  before: DeliveryKey,
): Promise<{ deliveries: readonly Delivery[]; isComplete: boolean }> {
  const page = await service.shards.list(shard, { from, before, limit: PAGE_LIMIT, isConsistent: true });
  return { deliveries: page.deliveries, isComplete: page.next === undefined };
}
