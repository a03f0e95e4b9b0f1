import { type Change, consumedBy } from '../../src/model/change.ts';
import type { Counts } from '../../src/model/counts.ts';
import { type Delivery, dueAtMs, enteredAtMs, isOutstanding, locate } from '../../src/model/delivery.ts';
import { isSetAside, queueOfShard, type ShardKey, shardOfKey } from '../../src/model/ids.ts';
import type { Queue } from '../../src/model/queue.ts';
import type { MessageRecord, Messages } from './messages.ts';

export interface TrueCounts extends Omit<Counts, 'rewound'> {
  /** A fault struck some of its messages: they may exist twice, and be deleted twice. */
  readonly hasDoubles: boolean;
}

/**
 * The true numbers of a queue at a moment, message by message, from the history of its shards. Each message counts
 * once, whatever deliveries hold it. In a shard that a purge left, older messages are purged.
 */
export function trueCounts(
  queue: Queue,
  atMs: number,
  { changes, messages }: { readonly changes: readonly Change[]; readonly messages: Messages },
): TrueCounts {
  const happened = changes.filter((change) => queueOfShard(change.shard) === queue.id && change.atMs <= atMs);
  const all = { ready: set(), delayed: set(), inFlight: set(), damaged: set(), sent: set(), deleted: set() };
  const left = { deadLettered: set(), purged: set() };
  /** Dead letters of removed deliveries: they are in leases now, or taken back because they stay in their source. */
  const removed = set();
  const live = new Map<string, { readonly shard: ShardKey; readonly delivery: Delivery }>();
  for (const change of happened) {
    const { shard, before, after } = change;
    const delivery = after ?? before;
    if (delivery === undefined) continue;
    const of = (indexes: Iterable<number>) =>
      Array.from(indexes, (index) => messages.of(delivery)[index] as MessageRecord);
    if (before === undefined)
      add(
        all.sent,
        messages.of(delivery).filter((message) => !isOfFailedSend(message)),
      );
    add(all.deleted, of(consumedBy(change)));
    add(left.deadLettered, of(after?.deadLettered ?? []));
    add(left.purged, of(after?.purged ?? []));
    if (after === undefined && delivery.parts.some(({ deadLetteredFrom }) => deadLetteredFrom !== undefined))
      add(removed, messages.of(delivery));
    if (after === undefined) live.delete(shard + delivery.key);
    else live.set(shard + delivery.key, { shard, delivery: after });
  }
  for (const { shard, delivery } of live.values()) {
    const place = queue.route.shards.find(({ id }) => id === shardOfKey(shard));
    // Off the route there is only what purges left behind.
    const fromMs = place === undefined ? Number.POSITIVE_INFINITY : place.fromMs;
    for (const [index, message] of messages.of(delivery).entries()) {
      if (!isOutstanding(delivery, index)) continue;
      const dueMs = dueAtMs(delivery);
      if (fromMs !== undefined && enteredAtMs(locate(delivery, index).part) < fromMs) left.purged.add(message);
      else if (isSetAside(delivery.key)) all.damaged.add(message);
      else if (dueMs <= atMs) all.ready.add(message);
      else all[delivery.receiveCount === 0 ? 'delayed' : 'inFlight'].add(message);
    }
  }
  const { sent, ...states } = all;
  const there = new Set([...Object.values(states), ...Object.values(left)].flatMap((some) => [...some]));
  for (const message of removed) if (!there.has(message)) sent.delete(message);
  const sizes = Object.entries({ ...all, ...left }).map(([name, some]) => [name, some.size]);
  return { ...Object.fromEntries(sizes), hasDoubles: [...all.sent].some(({ isExcused }) => isExcused) } as TrueCounts;
}

/** Put without its block by a failed send, and skipped: its id was never returned, and it could not be received. */
const isOfFailedSend = ({ isGone, acknowledgedAtMs }: MessageRecord): boolean =>
  isGone && acknowledgedAtMs === undefined;

const set = () => new Set<MessageRecord>();

function add(into: Set<MessageRecord>, some: Iterable<MessageRecord>): void {
  for (const message of some) into.add(message);
}

const COMPARED = ['ready', 'delayed', 'inFlight', 'damaged', 'sent', 'deleted', 'deadLettered', 'purged'] as const;

/** Differences between an answer marked as exact and the truth; empty without any. */
export const wrongCounts = (counts: Counts, truth: TrueCounts): string[] =>
  COMPARED.filter((name) => counts[name] !== truth[name]).map((name) => `${counts[name]} ${name}, not ${truth[name]}`);
