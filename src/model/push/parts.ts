import type { EpochMs } from '../brand.ts';
import type { Breaker } from './breaker.ts';
import {
  budgetAt,
  isOwn,
  type PushLease,
  type PushLimits,
  paceBeside,
  runningCalls,
  runningSlots,
  type Slot,
} from './lease.ts';

/** Dispatchers beside the first one, at most. */
const PARTS_MAX = 16;

/**
 * The record with a part for another dispatcher; `undefined` where the limits leave nothing worth a part. A part gets
 * twice as many calls as the first dispatcher has running, since it comes to find as many messages. Its messages
 * a second make a batch at least.
 */
export function planPart(
  lease: PushLease | undefined,
  part: {
    readonly epoch: number;
    readonly id: string;
    readonly limits: PushLimits;
    /** Parts take turns at these. */
    readonly shardCount: number;
    readonly nowMs: EpochMs;
    /** When the part ends if nobody takes it. */
    readonly untilMs: EpochMs;
  },
): PushLease | undefined {
  const { epoch, id, limits, shardCount, nowMs, untilMs } = part;
  if (!isOwn(lease, epoch) || lease.breaker !== undefined) return undefined;
  const slots = runningSlots(lease, nowMs);
  if (slots.some((slot) => slot.id === id)) return lease;
  const parts = slots.filter((slot) => slot.part !== undefined);
  if (parts.length >= Math.min(PARTS_MAX, shardCount - 1)) return undefined;
  const own = slots.length - parts.length;
  const free = limits.maxConcurrency - runningCalls(lease, nowMs) - (own === 0 ? 1 : 0);
  const calls = Math.min(free, Math.max(1, 2 * own, Math.floor(limits.maxConcurrency / (PARTS_MAX + 1))));
  if (calls < 1) return undefined;
  if (limits.perSecond === undefined) return { ...lease, slots: [...slots, { id, untilMs, part: { calls } }] };
  const perSecond = (limits.perSecond * calls) / limits.maxConcurrency;
  if (Math.min(perSecond, paceBeside(lease, limits, nowMs) - perSecond) < limits.batchSize) return undefined;
  const budget = budgetAt(lease, limits, nowMs);
  return { ...lease, budget, slots: [...slots, { id, untilMs, part: { calls, perSecond } }] };
}

/** The record after a dispatcher has taken its part; `undefined` when the part has ended, or another one has it. */
export function planOwnPart(
  lease: PushLease | undefined,
  { id, owner, untilMs, nowMs }: PartTime & { readonly owner: string },
): PushLease | undefined {
  const slot = runningSlots(lease, nowMs).find((one) => one.id === id);
  if (lease === undefined || slot?.part === undefined || (slot.part.owner ?? owner) !== owner) return undefined;
  if (slot.part.owner === owner) return lease;
  const owned = { id, untilMs, part: { ...slot.part, owner } };
  return { ...lease, slots: lease.slots.map((one) => (one.id === id ? owned : one)) };
}

interface PartTime {
  readonly id: string;
  readonly untilMs: EpochMs;
  readonly nowMs: EpochMs;
}

/**
 * The record without a part, once its calls have ended, and with what its dispatcher noticed. A call of which nobody
 * knows whether it goes on keeps its slot.
 */
export function planEndPart(
  lease: PushLease,
  end: {
    readonly id: string;
    readonly running: readonly Slot[];
    readonly limits: PushLimits;
    readonly nowMs: EpochMs;
    readonly filtered: number;
    readonly breaker: Breaker | undefined;
  },
): PushLease {
  const { id, running, limits, nowMs, filtered } = end;
  const others = lease.slots.filter((slot) => slot.id !== id);
  if (others.length === lease.slots.length) return lease;
  const breaker = lease.breaker ?? end.breaker;
  return {
    ...lease,
    slots: [...others, ...running],
    // What the part may have used up does not count for the time before.
    budget: budgetAt(lease, limits, nowMs),
    filtered: (lease.filtered ?? 0) + filtered,
    ...(breaker === undefined ? {} : { breaker }),
  };
}

/** Which share of the shards a dispatcher looks at: those whose index leaves `rest`, divided by `count`. */
export interface Share {
  readonly count: number;
  readonly rest: number;
}

/** @param id - of the part; absent: the first dispatcher, which has what no part has */
export function shareOf(lease: PushLease, id: string | undefined, nowMs: EpochMs): Share {
  const parts = runningSlots(lease, nowMs).filter(({ part }) => part !== undefined);
  return { count: parts.length + 1, rest: parts.findIndex((slot) => slot.id === id) + 1 };
}
