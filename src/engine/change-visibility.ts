import type { EpochMs } from '../model/brand.ts';
import { allIndexes, type Delivery, dueAtMs, isOutstanding, newDelivery } from '../model/delivery.ts';
import { type DeliveryKey, newDeliveryKey, type ShardKey } from '../model/ids.ts';
import { contentOf } from '../model/lease.ts';
import { FORWARD_HOPS_SHORTENED, MOVE_MS_MAX } from '../model/limits.ts';
import { isPushing } from '../model/push/index.ts';
import {
  answerGroup,
  distinctIndexes,
  groupReceipts,
  markMoved,
  noteRedirect,
  type ReceiptGroup,
  type ReceiptOutcome,
  removeIfFinished,
  repeatWhereMoved,
  unlessRefused,
} from './deliveries/index.ts';
import type { Deliveries, NewDeliveries, Receipts } from './service.ts';

export interface ChangeVisibilityCommand {
  readonly queue: string;
  /** 1 to 1,000; each message becomes visible that long from now: 0 to 43,200,000 ms. */
  readonly entries: readonly { readonly receipt: string; readonly visibilityMs: number }[];
}

/**
 * Changes when received messages become visible again; their receipts stay valid.
 *
 * Another delivery takes them over, and the lease stores where they went. So messages in flight never lie among due
 * deliveries, where every receive would read them.
 *
 * @returns one outcome for each entry, in order
 * @throws QueueError `QueueNotFound`
 * @remarks Cost, for each lease: one read, one put and one update; one removal and one ledger item when that finishes
 * the lease. Twice that where a lease that is nearly over is to end at once.
 * @see docs/decisions/0030-a-change-of-visibility-moves.md
 */
export async function changeVisibility(service: Receipts, command: ChangeVisibilityCommand): Promise<ReceiptOutcome[]> {
  const { queue } = await service.routes.get(command.queue);
  const nowMs = service.clock.nowMs();
  const outcomes = new Array<ReceiptOutcome>(command.entries.length);
  const byTime = new Map<number, { receipts: string[]; positions: number[] }>();
  for (const [position, { receipt, visibilityMs }] of command.entries.entries()) {
    const same = byTime.get(visibilityMs) ?? { receipts: [], positions: [] };
    byTime.set(visibilityMs, same);
    same.receipts.push(receipt);
    same.positions.push(position);
  }
  await Promise.all(
    [...byTime].map(async ([visibilityMs, { receipts, positions }]) => {
      const answers = new Array<ReceiptOutcome>(receipts.length);
      const groups = groupReceipts(queue.id, receipts, answers);
      const change = { untilMs: (nowMs + visibilityMs) as EpochMs, wakes: isPushing(queue) };
      await Promise.all(
        groups.map((group) => changeGroup(service, { group, ...change, isUncounted: false, hops: 0 }, answers)),
      );
      for (const [index, position] of positions.entries()) outcomes[position] = answers[index] ?? 'unavailable';
    }),
  );
  return outcomes;
}

export interface GiveBackCommand {
  readonly queue: string;
  /** 1 to 1,000. */
  readonly receipts: readonly string[];
  /** When the messages become visible again. */
  readonly untilMs: EpochMs;
}

/**
 * Gives messages back as if they had not been received: the receive does not count, and their receipts end. For a
 * consumer that has not worked on them.
 *
 * @returns one outcome for each receipt, in order
 * @throws QueueError `QueueNotFound`
 * @remarks Cost: as {@link changeVisibility}, without the ledger item.
 * @see docs/decisions/0073-a-receive-that-does-not-count.md
 */
export async function giveBack(service: Receipts, command: GiveBackCommand): Promise<ReceiptOutcome[]> {
  const { queue } = await service.routes.get(command.queue);
  const outcomes = new Array<ReceiptOutcome>(command.receipts.length);
  const groups = groupReceipts(queue.id, command.receipts, outcomes);
  const change = { untilMs: command.untilMs, wakes: isPushing(queue), isUncounted: true, hops: 0 };
  await Promise.all(groups.map((group) => changeGroup(service, { group, ...change }, outcomes)));
  return outcomes;
}

/**
 * Gives messages of a lease that the caller alone holds back to their shard, as if they had never been leased. If the
 * store refuses it, the end of the lease brings them back.
 * @remarks Cost: one put and one update, and the removal of the lease when that finishes it.
 */
export async function giveBackLeased(
  service: NewDeliveries,
  shard: ShardKey,
  what: { readonly lease: Delivery; readonly indexes: readonly number[]; readonly untilMs: EpochMs },
): Promise<void> {
  // The waker finds out whether the queue pushes.
  await moveTo(service, shard, { ...what, isUncounted: true, wakes: true });
}

interface GroupChange {
  readonly group: ReceiptGroup;
  readonly untilMs: EpochMs;
  /** The receive that made the lease does not count. */
  readonly isUncounted: boolean;
  /** The queue pushes. */
  readonly wakes: boolean;
  readonly hops: number;
}

async function changeGroup(service: Receipts, change: GroupChange, outcomes: ReceiptOutcome[]): Promise<void> {
  const { group, isUncounted, hops } = change;
  service.remainders.forget(group.shard, group.key);
  const result = await unlessRefused(group, outcomes, () => moveGroup(service, change));
  if (result === undefined) return;
  const repeat = (one: ReceiptGroup, further: number) =>
    changeGroup(service, { ...change, group: one, hops: further }, outcomes);
  if (result.outcome === 'refused' || result.outcome === 'extended') {
    const absence = { now: result.now, hops, isHere: isOutstanding, otherwise: 'stale' } as const;
    return await repeatWhereMoved(service, group, absence, { outcomes, repeat });
  }
  answerGroup(group, result.outcome, outcomes);
  if (result.outcome === 'done' && !isUncounted && hops >= FORWARD_HOPS_SHORTENED)
    await shortenWay(service, group, result.key);
}

type Moved =
  | { readonly outcome: 'done'; readonly key: DeliveryKey; readonly now: Delivery }
  | { readonly outcome: 'unavailable' | 'throttled' }
  | { readonly outcome: 'refused'; readonly now: Delivery | undefined };

/** `extended`: the lease is nearly over, so its messages were first moved to a later time; the caller repeats. */
async function moveGroup(
  service: NewDeliveries,
  { group, untilMs, isUncounted, wakes }: GroupChange,
): Promise<Moved | { readonly outcome: 'extended'; readonly now: Delivery }> {
  const { shard } = group;
  const indexes = distinctIndexes(group).toSorted((one, other) => one - other);
  const lease = await service.shards.get(shard, group.key);
  if (lease === undefined || !indexes.every((index) => isOutstanding(lease, index))) {
    return { outcome: 'refused', now: lease };
  }
  const safeFromMs = (service.clock.nowMs() + MOVE_MS_MAX) as EpochMs;
  // If both were due between the put and the mark, two consumers would get the messages.
  const isRisky = untilMs < safeFromMs && dueAtMs(lease) < safeFromMs;
  if (!isRisky) return await moveTo(service, shard, { lease, indexes, untilMs, isUncounted, wakes });
  const longer = { lease, indexes, untilMs: (safeFromMs + MOVE_MS_MAX) as EpochMs, isUncounted: false, wakes };
  const extended = await moveTo(service, shard, longer);
  return extended.outcome === 'done' ? { outcome: 'extended', now: extended.now } : extended;
}

async function moveTo(
  service: NewDeliveries,
  shard: ShardKey,
  move: { readonly lease: Delivery; readonly indexes: readonly number[] } & Pick<
    GroupChange,
    'untilMs' | 'isUncounted' | 'wakes'
  >,
): Promise<Moved> {
  const { lease, indexes, isUncounted } = move;
  const content = contentOf(lease, indexes, service.settings.thresholds.inlineBytesMax);
  const key = newDeliveryKey(move.untilMs, service.random);
  const delivery = newDelivery(key, isUncounted ? Math.max(0, lease.receiveCount - 1) : lease.receiveCount, content);
  const [put] = await service.shards.put([{ shard, delivery, wakes: move.wakes }]);
  if (put !== 'stored') return { outcome: put === 'throttled' ? put : 'unavailable' };
  // Without a count no consumer holds the messages, so no receipt leads to them.
  const forward = isUncounted ? [] : indexes.map((from, index) => [from, { key, index }] as const);
  const change = { moved: indexes, forward };
  const marked = await service.shards.tryMark(shard, lease.key, change, { outstanding: indexes });
  // Without an answer both deliveries stay, and the messages come back at the time of each.
  if (marked.outcome === 'unclear') return { outcome: 'unavailable' };
  if (marked.outcome !== 'done') {
    await markMoved(service, shard, key, allIndexes(delivery));
    return marked.outcome === 'refused' ? { outcome: 'refused', now: marked.now } : marked;
  }
  await removeIfFinished(service, shard, marked.now);
  return { outcome: 'done', key, now: marked.now };
}

/**
 * Shortens the way of receipts that were followed over several hops. If it fails, the long way still works.
 * @remarks Cost: one refused update and a ledger item, or one update where the lease that they name is still there.
 */
async function shortenWay(service: Deliveries, group: ReceiptGroup, key: DeliveryKey): Promise<void> {
  const { shard, namedKey, namedIndexes } = group;
  const places = new Map(
    distinctIndexes(group)
      .toSorted((one, other) => one - other)
      .map((index, place) => [index, place]),
  );
  const forward = namedIndexes.map((named, at) => {
    return [named, { key, index: places.get(group.indexes[at] ?? 0) ?? 0 }] as const;
  });
  const marked = await service.shards.tryMark(shard, namedKey, { forward }, {});
  if (marked.outcome !== 'refused' || marked.now !== undefined) return;
  await unlessRefused(group, [], () => noteRedirect(service, shard, namedKey, new Map(forward)));
}
