import { type Delivery, isFinished } from '../model/delivery.ts';
import type { Condition } from '../ports/shard-store.ts';
import {
  answerGroup,
  distinctIndexes,
  groupReceipts,
  isUnanswered,
  markRepeatedly,
  type ReceiptGroup,
  type ReceiptOutcome,
  removeIfFinished,
  removeRepeatedly,
  repeatWhereMoved,
  unanswered,
  wasDeleted,
} from './deliveries/index.ts';
import type { Receipts, Using } from './service.ts';

export interface DeleteCommand {
  readonly queue: string;
  /** 1 to 1,000. */
  readonly receipts: readonly string[];
}

/**
 * Acks messages: users say *delete*. Step 3 of the road.
 *
 * - reads: receipt → leased delivery
 * - puts, then removes or marks: removes it, or marks `acked` and removes it when finished
 * - when it goes wrong: stale receipt: follow `forward`, else an outcome
 *
 * An ack after the timeout still counts, unless the message was claimed again.
 *
 * @returns one outcome for each receipt, in order
 * @throws QueueError `QueueNotFound`
 * @remarks Cost: one removal when a call acks all messages of a lease, or all that earlier calls to this process left;
 * else one update for each call and lease, and one removal with the last.
 */
export async function deleteMessages(service: Receipts, command: DeleteCommand): Promise<ReceiptOutcome[]> {
  const { queue } = await service.routes.get(command.queue);
  const outcomes = new Array<ReceiptOutcome>(command.receipts.length);
  const groups = groupReceipts(queue.id, command.receipts, outcomes);
  await Promise.all(groups.map((group) => ackGroup(service, group, outcomes)));
  return outcomes;
}

async function ackGroup(
  service: Using<'clock' | 'remainders' | 'ledger' | 'shards'>,
  group: ReceiptGroup,
  outcomes: ReceiptOutcome[],
  hops = 0,
): Promise<void> {
  const result = await tryAck(service, group);
  if (result.outcome !== 'moved') {
    answerGroup(group, result.outcome, outcomes);
    return;
  }
  const { now } = result;
  const isHere = (seen: Delivery, index: number) => !seen.moved.has(index);
  const otherwise = now === undefined && wasDeleted(service, group) ? 'done' : 'stale';
  const repeat = (one: ReceiptGroup, further: number) => ackGroup(service, one, outcomes, further);
  await repeatWhereMoved(service, group, { now, hops, isHere, otherwise }, { outcomes, repeat });
}

type AckResult =
  | { readonly outcome: 'done' | 'unavailable' | 'throttled' }
  | { readonly outcome: 'moved'; readonly now: Delivery | undefined };

/** Acks all of a group, or says how the delivery stands. */
async function tryAck(
  service: Using<'clock' | 'remainders' | 'ledger' | 'shards'>,
  group: ReceiptGroup,
): Promise<AckResult> {
  const { shard, key } = group;
  const indexes = distinctIndexes(group);
  const condition = removalCondition(service, group, indexes);
  if (condition !== undefined) {
    const removed = await removeRepeatedly(service, shard, key, condition);
    if (removed.outcome === 'done') return { outcome: 'done' };
    if (isUnanswered(removed)) return { outcome: unanswered(removed) };
    if (removed.now === undefined) return { outcome: 'moved', now: undefined };
  }
  const step = { change: { acked: indexes }, condition: { notMoved: indexes } };
  const marked = await markRepeatedly(service, shard, key, step);
  if (isUnanswered(marked)) return { outcome: unanswered(marked) };
  if (marked.outcome === 'refused') return { outcome: 'moved', now: marked.now };
  await removeIfFinished(service, shard, marked.now);
  if (!isFinished(marked.now)) service.remainders.note(shard, marked.now);
  return { outcome: 'done' };
}

/** The condition under which the lease can be removed without marks: this call acks all of it, or all that is left. */
function removalCondition(
  { remainders }: Using<'remainders'>,
  { shard, key, count }: ReceiptGroup,
  indexes: readonly number[],
): Condition | undefined {
  if (indexes.length === count) return { isIntact: true };
  const left = remainders.take(shard, key);
  // Other messages that the call names may live on elsewhere: the call must not answer that they are deleted.
  const isJustThat = left?.indexes.length === indexes.length && left.indexes.every((index) => indexes.includes(index));
  return isJustThat ? { edition: left.edition } : undefined;
}
