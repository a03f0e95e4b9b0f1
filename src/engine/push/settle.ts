import type { EpochMs } from '../../model/brand.ts';
import { QueueError } from '../../model/errors.ts';
import { RECEIPTS_PER_CALL_MAX } from '../../model/limits.ts';
import { failedItems, verdictOn } from '../../model/push/index.ts';
import type { PushAnswer } from '../../ports/push-target.ts';
import { deleteMessages } from '../ack.ts';
import { changeVisibility, giveBack } from '../change-visibility.ts';
import type { ReceivedMessage } from '../deliveries/index.ts';
import type { Receipts } from '../service.ts';
import type { Subscribed } from './subscribed.ts';

/** The messages of one call. */
export interface Batch extends Subscribed {
  readonly messages: readonly ReceivedMessage[];
  readonly receivedAtMs: EpochMs;
  /** When their lease ends. */
  readonly leasedUntilMs: EpochMs;
}

/**
 * Deletes the messages that an answer says are done, and lets those that it says have failed come again. After an
 * unclear end nothing is done: the target may still work on them, and the end of their lease brings them back.
 */
export async function settleAnswered(service: Receipts, batch: Batch, answer: PushAnswer): Promise<void> {
  const failed = new Set(failedOf(batch, answer));
  const isFailed = ({ id }: ReceivedMessage) => failed.has(id);
  if (verdictOn(answer.end) === 'done') {
    await deleteAll(service, { ...batch, messages: batch.messages.filter((message) => !isFailed(message)) });
  }
  const againAtMs = batch.receivedAtMs + batch.visibilityMs;
  if (againAtMs >= batch.leasedUntilMs) return;
  const visibilityMs = Math.max(0, againAtMs - service.clock.nowMs());
  await inParts({ ...batch, messages: batch.messages.filter(isFailed) }, (queue, receipts) =>
    changeVisibility(service, { queue, entries: receipts.map((receipt) => ({ receipt, visibilityMs })) }),
  );
}

/** Ids of the messages that failed, as far as the answer tells. */
function failedOf({ messages, subscription }: Batch, { end, text }: PushAnswer): readonly string[] {
  const ids = messages.map(({ id }) => id);
  const verdict = verdictOn(end);
  if (verdict === 'message') return ids;
  // A queue takes each message by itself, so its target always lists what was not taken.
  const isListed = subscription.reportBatchItemFailures || subscription.to.kind === 'sqs';
  return verdict === 'done' && isListed ? failedItems(text, ids) : [];
}

export async function deleteAll(service: Receipts, batch: Batch): Promise<void> {
  await inParts(batch, (queue, receipts) => deleteMessages(service, { queue, receipts }));
}

/** Gives back messages on which no target has worked. */
export async function giveBackAll(service: Receipts, batch: Batch, untilMs: EpochMs): Promise<void> {
  await inParts(batch, (queue, receipts) => giveBack(service, { queue, receipts, untilMs }));
}

/** A step that the store refuses is not repeated: the end of the lease brings the messages back. */
async function inParts(
  { queue, messages }: Batch,
  step: (queue: string, receipts: readonly string[]) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < messages.length; start += RECEIPTS_PER_CALL_MAX) {
    const receipts = messages.slice(start, start + RECEIPTS_PER_CALL_MAX).map(({ receipt }) => receipt);
    try {
      await step(queue.name, receipts);
    } catch (error) {
      if (!(error instanceof QueueError)) throw error;
    }
  }
}
