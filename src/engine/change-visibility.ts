import type { EpochMs } from '../model/brand.ts';
import { type Delivery, isOutstanding, newDelivery } from '../model/delivery.ts';
import { DELIVERY_ID_LENGTH, type DeliveryId, type DeliveryKey, deliveryKey, visibleAtMs } from '../model/ids.ts';
import { contentOf } from '../model/lease.ts';
import { isUnanswered, markMoved, markRepeatedly, removeIfFinished, unanswered } from './marking.ts';
import {
  answerGroup,
  goOn,
  groupReceipts,
  indexesOf,
  type ReceiptGroup,
  type ReceiptOutcome,
  unlessRefused,
} from './receipts.ts';
import type { QueueService } from './service.ts';

export interface ChangeVisibilityCommand {
  readonly queue: string;
  /** 1 to 1,000; each message becomes visible that long from now: 0 to 43,200,000 ms. */
  readonly entries: readonly { readonly receipt: string; readonly visibilityMs: number }[];
}

/**
 * Changes when received messages become visible again; their receipts stay valid.
 *
 * Later: hidden in place. Earlier, or at once: another delivery takes them over, and the lease remembers where they
 * went.
 *
 * @returns one outcome for each entry, in order
 * @throws QueueError `QueueNotFound`
 * @remarks Cost: later: one update for each lease. Earlier: one read, one put, one update, and one removal when that
 * finishes the lease and its time has come.
 */
export async function changeVisibility(
  service: QueueService,
  command: ChangeVisibilityCommand,
): Promise<ReceiptOutcome[]> {
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
      const untilMs = (nowMs + visibilityMs) as EpochMs;
      await Promise.all(groups.map((group) => changeGroup(service, { group, untilMs, hops: 0 }, answers)));
      for (const [index, position] of positions.entries()) outcomes[position] = answers[index] ?? 'unavailable';
    }),
  );
  return outcomes;
}

interface GroupChange {
  readonly group: ReceiptGroup;
  readonly untilMs: EpochMs;
  readonly hops: number;
}

async function changeGroup(service: QueueService, change: GroupChange, outcomes: ReceiptOutcome[]): Promise<void> {
  const { group, untilMs, hops } = change;
  service.lastLeft.forget(group.shard, group.key);
  const isLater = untilMs >= visibleAtMs(group.key);
  const result = await unlessRefused(group, outcomes, () =>
    isLater ? hide(service, group, untilMs) : bringForward(service, group, untilMs),
  );
  if (result === undefined) return;
  if (result.outcome !== 'refused') {
    answerGroup(group, result.outcome, outcomes);
    return;
  }
  const repeat = (one: ReceiptGroup, further: number) =>
    changeGroup(service, { group: one, untilMs, hops: further }, outcomes);
  const absence = { now: result.now, hops, isHere: isOutstanding, otherwise: 'stale' } as const;
  await goOn(service, group, absence, { outcomes, repeat });
}

type ChangeResult =
  | { readonly outcome: 'done' | 'unavailable' | 'throttled' }
  | { readonly outcome: 'refused'; readonly now: Delivery | undefined };

async function hide(service: QueueService, group: ReceiptGroup, untilMs: EpochMs): Promise<ChangeResult> {
  const indexes = indexesOf(group);
  const hidden = indexes.map((index) => [index, untilMs] as const);
  const step = { change: { hidden }, condition: { outstanding: indexes } };
  const marked = await markRepeatedly(service, group.shard, group.key, step);
  if (isUnanswered(marked)) return { outcome: unanswered(marked) };
  return marked.outcome === 'done' ? { outcome: 'done' } : { outcome: 'refused', now: marked.now };
}

async function bringForward(service: QueueService, group: ReceiptGroup, untilMs: EpochMs): Promise<ChangeResult> {
  const { shard } = group;
  const indexes = indexesOf(group).toSorted((one, other) => one - other);
  const lease = await service.shards.get(shard, group.key);
  if (lease === undefined || !indexes.every((index) => isOutstanding(lease, index))) {
    return { outcome: 'refused', now: lease };
  }
  const content = contentOf(lease, indexes, service.settings.thresholds.inlineBytesMax);
  const key = deliveryKey(untilMs, service.random.text(DELIVERY_ID_LENGTH) as DeliveryId);
  const [put] = await service.shards.put([{ shard, delivery: newDelivery(key, lease.receiveCount, content) }]);
  if (put !== 'stored') return { outcome: put === 'throttled' ? put : 'unavailable' };
  const marked = await service.shards.tryMark(shard, lease.key, forwardTo(key, indexes), { outstanding: indexes });
  // No answer: both stay, and the time of each brings the messages back.
  if (isUnanswered(marked)) return { outcome: unanswered(marked) };
  if (marked.outcome === 'refused') {
    await markMoved(
      service,
      shard,
      key,
      indexes.map((_, index) => index),
    );
    return { outcome: 'refused', now: marked.now };
  }
  await removeIfFinished(service, shard, marked.now);
  return { outcome: 'done' };
}

const forwardTo = (key: DeliveryKey, indexes: readonly number[]) => ({
  moved: indexes,
  forward: indexes.map((from, index) => [from, { key, index }] as const),
});
