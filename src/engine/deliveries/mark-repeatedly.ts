import { type Delivery, isFinished } from '../../model/delivery.ts';
import type { DeliveryKey, ShardKey } from '../../model/ids.ts';
import { UNCLEAR_MS_MAX, UNCLEAR_TRIES_MAX } from '../../model/limits.ts';
import type { Condition, MarkChange, MarkOutcome, RemoveOutcome, Throttled, Unclear } from '../../ports/shard-store.ts';
import type { Deliveries, Using } from '../service.ts';
import { removeFinished } from './redirects.ts';

/**
 * Marks, and repeats until the answer is clear. Only for idempotent changes, under conditions that the change itself
 * does not break.
 */
export function markRepeatedly(
  service: Using<'clock' | 'shards'>,
  shard: ShardKey,
  key: DeliveryKey,
  step: { readonly change: MarkChange; readonly condition: Condition },
): Promise<MarkOutcome> {
  return repeated(service, () => service.shards.tryMark(shard, key, step.change, step.condition));
}

/** Removes, and repeats until the answer is clear. If it is gone after an unclear try, it is refused without `now`. */
export function removeRepeatedly(
  service: Using<'clock' | 'shards'>,
  shard: ShardKey,
  key: DeliveryKey,
  condition: Condition,
): Promise<RemoveOutcome> {
  return repeated(service, () => service.shards.tryRemove(shard, key, condition));
}

/** The outcome that the caller with the receipt gets for a step without a clear answer. Trying again is safe. */
export const unanswered = ({ outcome }: Unclear | Throttled): 'throttled' | 'unavailable' =>
  outcome === 'throttled' ? 'throttled' : 'unavailable';

export const isUnanswered = <Outcome extends { readonly outcome: string }>(
  step: Outcome,
): step is Outcome & (Unclear | Throttled) => step.outcome === 'unclear' || step.outcome === 'throttled';

async function repeated<Outcome extends { readonly outcome: string }>(
  { clock }: Using<'clock'>,
  attempt: () => Promise<Outcome>,
): Promise<Outcome> {
  const startMs = clock.nowMs();
  let outcome = await attempt();
  for (let tries = 1; isUnanswered(outcome) && tries < UNCLEAR_TRIES_MAX; tries++) {
    if (clock.nowMs() - startMs > UNCLEAR_MS_MAX) break;
    outcome = await attempt();
  }
  return outcome;
}

/** Marks messages that live on elsewhere, and removes the delivery if that finished it. */
export async function markMoved(
  service: Deliveries,
  shard: ShardKey,
  key: DeliveryKey,
  moved: readonly number[],
): Promise<void> {
  const marked = await markRepeatedly(service, shard, key, { change: { moved }, condition: {} });
  if (marked.outcome === 'done') await removeIfFinished(service, shard, marked.now);
}

/** Removes a delivery if it is finished. */
export async function removeIfFinished(service: Deliveries, shard: ShardKey, seen: Delivery): Promise<void> {
  if (isFinished(seen)) await removeFinished(service, shard, seen);
}
