import type { EpochMs } from '../../model/brand.ts';
import {
  addCounts,
  type Counts,
  countSeen,
  countShard,
  hasSurplus,
  isConsistent,
  NO_COUNTS,
  oldestClaimableAgeMs,
  type QueueCounts,
  type Seen,
} from '../../model/counts.ts';
import type { Delivery } from '../../model/delivery.ts';
import {
  type DeliveryKey,
  KEY_END,
  keyAfter,
  keyFrom,
  type ShardId,
  type ShardKey,
  shardKey,
} from '../../model/ids.ts';
import {
  BARRIER_AHEAD_MS,
  BARRIER_WAIT_MS_MAX,
  EXACT_COUNT_MESSAGES_MAX,
  EXACT_COUNT_SHARDS_MAX,
  REQUEST_MS_MAX,
} from '../../model/limits.ts';
import type { Queue } from '../../model/queue.ts';
import type { RouteShard } from '../../model/route.ts';
import { addTotals, EMPTY_TOTALS, NO_TOTALS, type ShardTotals, type TotalsRecord } from '../../model/totals.ts';
import {
  everyRecord,
  getQueue,
  newBarriers,
  passages,
  putBarriers,
  removeBarriers,
  shardsOffRoute,
} from '../records/index.ts';
import type { Barriers, Counting, Queues, Records, Using } from '../service.ts';

/** Deliveries that a count reads on each side of now, so that its cost does not grow with the backlog. */
const PAGE_LIMIT = 1_000;
/** Totals are small, and a queue has one a shard. */
const TOTALS_PER_PAGE = 1_000;

/**
 * Counts the messages of a queue by state. A small queue is counted at one moment: the shards are read between the put
 * and the removal of a barrier, and the feed tells whether anything changed in between. A large queue is counted as of
 * the feed's last report. The backlog is never read.
 *
 * Calls of one process that arrive during a count share the next one.
 *
 * @throws QueueError `QueueNotFound`, `Throttled`, `Unavailable`
 * @remarks Cost: two pages a shard; for small queues also four write units a shard.
 * @see docs/decisions/0041-counts-between-two-cuts.md
 */
export function queueCounts(service: Counting, name: string): Promise<QueueCounts> {
  return service.counting.run(name, () => countQueue(service, name));
}

async function countQueue(service: Counting, name: string): Promise<QueueCounts> {
  const counted = await countedOf(service, name);
  const { queue, shards } = counted;
  const found = isSmall(shards, await readTotals(service, queue))
    ? await readBetweenCuts(service, counted)
    : await readAll(service, counted);
  return await countReadings(service, counted, found);
}

/**
 * Counts the messages of a queue as of the feed's last report, and writes nothing, for callers that ask again and
 * again. `isExact` is false.
 *
 * @throws QueueError `QueueNotFound`, `Throttled`, `Unavailable`
 * @remarks Cost: two pages a shard, which may be a moment old, and the totals of the queue.
 */
export async function recentCounts(service: Queues & Using<'shards'>, name: string): Promise<QueueCounts> {
  const counted = await countedOf(service, name);
  return await countReadings(service, counted, await readAll(service, counted, { isConsistent: false }));
}

async function countReadings(
  service: Queues,
  { queue, shards }: Counted,
  { readings, nowMs, atCut }: Readings,
): Promise<QueueCounts> {
  const totals = await readTotals(service, queue);
  const shardsRead = readings.map((reading, index) => ({
    ...reading,
    totals: atCut?.after[index] ?? totals.get(reading.shard.id) ?? EMPTY_TOTALS,
  }));
  const gone = [...totals].filter(([id]) => !shards.some((shard) => shard.id === id)).map(([, record]) => record);
  const left = gone.reduce(addTotals, NO_TOTALS);
  const retired = countShard(left, NOTHING_SEEN, NOTHING_SEEN, false);
  const isExact =
    atCut?.isStill === true &&
    isConsistent(shardsRead) &&
    left.neverLeased + left.leased + left.damaged === 0 &&
    !mayBeClaiming(nowMs, totals, shardsRead.map((one) => one.totals).reduce(addTotals, left)) &&
    (await isRouteOf(service, queue));
  return {
    queue,
    counts: shardsRead.map(countOne).reduce(addCounts, addCounts(NO_COUNTS, retired)),
    asOfMs: atCut === undefined ? asOf(nowMs, totals) : nowMs,
    isExact,
    oldestReadyAgeMs: Math.max(0, ...readings.map((one) => one.oldestReadyAgeMs)),
  };
}

/** A shard of the route, or one that a purge left behind, of which only the totals count. */
type CountedShard = RouteShard & { readonly isOffRoute?: true };

/**
 * The copy of a claim that lost its race counts as one more message until the claim takes it back. A copy that a crash
 * left behind counts for good. So the surplus means nothing once every request that could be claiming is over.
 */
const mayBeClaiming = (nowMs: EpochMs, totals: ReadonlyMap<ShardId, TotalsRecord>, all: ShardTotals): boolean =>
  hasSurplus(all) && [...totals.values()].some(({ asOfMs }) => nowMs - asOfMs <= REQUEST_MS_MAX);

interface Counted {
  readonly queue: Queue;
  readonly shards: readonly CountedShard[];
}

async function countedOf(service: Queues, name: string): Promise<Counted> {
  const queue = await getQueue(service, name);
  const left = (await shardsOffRoute(service, queue)).map((id): CountedShard => {
    return { id, state: 'draining', sinceMs: queue.createdAtMs, fromMs: service.clock.nowMs(), isOffRoute: true };
  });
  return { queue, shards: [...queue.route.shards, ...left] };
}

const NOTHING_SEEN: Seen = { ready: 0, delayed: 0, inFlight: 0, damaged: 0, neverLeased: 0, isComplete: true };

const asOf = (nowMs: EpochMs, totals: ReadonlyMap<ShardId, TotalsRecord>): EpochMs =>
  [...totals.values()].reduce((oldest, { asOfMs }) => Math.min(oldest, asOfMs), nowMs as number) as EpochMs;

/** Messages that enter or leave by a newer route are in no shard of the one that was read. */
async function isRouteOf(service: Using<'routes'>, queue: Queue): Promise<boolean> {
  const now = await getQueue(service, queue.name);
  return now.id === queue.id && now.route.version === queue.route.version;
}

function isSmall(shards: readonly CountedShard[], totals: ReadonlyMap<ShardId, TotalsRecord>): boolean {
  if (shards.length > EXACT_COUNT_SHARDS_MAX) return false;
  // Messages that a purge left behind are no longer in the queue, however many they are.
  const left = shards.flatMap(({ id, fromMs }) => (fromMs === undefined ? (totals.get(id) ?? []) : []));
  const outstanding = left.reduce((sum, record) => sum + record.neverLeased + record.leased, 0);
  return outstanding <= EXACT_COUNT_MESSAGES_MAX;
}

interface Readings {
  readonly readings: readonly Reading[];
  /** When each shard was in the state that was read, if nothing changed meanwhile. */
  readonly nowMs: EpochMs;
  /** Absent when the feed did not catch up in time. */
  readonly atCut?: { readonly after: readonly ShardTotals[]; readonly isStill: boolean };
}

/**
 * Reads all shards after each has a barrier, and before the first barrier leaves. The feed of a shard reports the put,
 * the changes during the read, and the removal, in this order. If the totals count no change between the two, the
 * totals add up to the state that was read.
 */
async function readBetweenCuts(service: Barriers, counted: Counted): Promise<Readings> {
  const { queue, shards } = counted;
  // In the future, beyond every claim: a claim would remove an empty delivery.
  const atMs = (service.clock.nowMs() + BARRIER_AHEAD_MS) as EpochMs;
  const untilMs = (service.clock.nowMs() + BARRIER_WAIT_MS_MAX) as EpochMs;
  const places = shards.map(({ id }) => ({ shard: shardKey(queue.id, id), atMs }));
  const barriers = newBarriers(service, places);
  let isCut = await putBarriers(service, barriers);
  let all: Readings;
  try {
    all = await readAll(service, counted);
  } finally {
    isCut = (await removeBarriers(service, barriers)) && isCut;
  }
  const after = isCut ? await passages(service, barriers, { step: 'removed', untilMs }) : undefined;
  const before = after && (await passages(service, barriers, { step: 'put', untilMs }));
  if (after === undefined || before === undefined) return all;
  return { ...all, atCut: { after, isStill: after.every(({ changes }, index) => changes === before[index]?.changes) } };
}

async function readAll(
  service: Using<'clock' | 'shards'>,
  { queue, shards }: Counted,
  { isConsistent } = { isConsistent: true },
): Promise<Readings> {
  const nowMs = service.clock.nowMs();
  return {
    nowMs,
    readings: await Promise.all(shards.map((shard) => readOne(service, queue, { shard, nowMs, isConsistent }))),
  };
}

async function readTotals(service: Records, queue: Queue): Promise<Map<ShardId, TotalsRecord>> {
  const prefix = `${queue.id}/`;
  const totals = new Map<ShardId, TotalsRecord>();
  for await (const { name, value } of everyRecord(service, 'totals', { prefix, pageSize: TOTALS_PER_PAGE })) {
    totals.set(name.slice(prefix.length) as ShardId, value);
  }
  return totals;
}

/** What was read from one shard. */
interface Reading {
  readonly shard: RouteShard;
  readonly deliveries: readonly Delivery[];
  readonly due: Seen;
  readonly later: Seen;
  readonly oldestReadyAgeMs: number;
}

const countOne = ({ shard, due, later, totals }: Reading & { readonly totals: ShardTotals }): Counts =>
  countShard(totals, due, later, shard.fromMs !== undefined);

async function readOne(
  service: Using<'shards'>,
  queue: Queue,
  { shard, nowMs, isConsistent }: { readonly shard: CountedShard; readonly nowMs: EpochMs; isConsistent: boolean },
): Promise<Reading> {
  const { fromMs, isOffRoute } = shard;
  if (isOffRoute === true) {
    return { shard, deliveries: [], due: NOTHING_SEEN, later: NOTHING_SEEN, oldestReadyAgeMs: 0 };
  }
  const key = shardKey(queue.id, shard.id);
  const [due, later] = await Promise.all([
    readRange(service, key, { from: keyFrom(fromMs ?? (0 as EpochMs)), before: keyAfter(nowMs), isConsistent }),
    readRange(service, key, { from: keyAfter(nowMs), before: KEY_END, isConsistent }),
  ]);
  return {
    shard,
    deliveries: [...due.deliveries, ...later.deliveries],
    due: countSeen(due.deliveries, { nowMs, fromMs, isComplete: due.isComplete }),
    later: countSeen(later.deliveries, { nowMs, fromMs, isComplete: later.isComplete }),
    oldestReadyAgeMs: oldestClaimableAgeMs(due.deliveries, { nowMs, fromMs }),
  };
}

async function readRange(
  service: Using<'shards'>,
  shard: ShardKey,
  range: { readonly from: DeliveryKey; readonly before: DeliveryKey; readonly isConsistent: boolean },
): Promise<{ deliveries: readonly Delivery[]; isComplete: boolean }> {
  const page = await service.shards.list(shard, { ...range, limit: PAGE_LIMIT });
  return { deliveries: page.deliveries, isComplete: page.next === undefined };
}
