import type { EpochMs } from '../brand.ts';

/** A call of the target that may be running. It counts until its answer, or until the lease of its messages ends. */
export interface Slot {
  readonly id: string;
  readonly untilMs: EpochMs;
}

/** What the messages a second leave: `tokens` messages may start at `atMs`. */
export interface Budget {
  readonly tokens: number;
  readonly atMs: EpochMs;
}

/** Which dispatcher pushes for a queue, and which calls it and its predecessors have begun. One record a queue. */
export interface PushLease {
  /** Grows by one with each dispatcher that takes over. Each write of a dispatcher names its own. */
  readonly epoch: number;
  /** The dispatcher is awake until then; 0: asleep. One that died counts as asleep from then on. */
  readonly untilMs: EpochMs;
  readonly slots: readonly Slot[];
  readonly budget: Budget;
}

/** Bounds of a subscription. */
export interface PushLimits {
  /** Calls at once; 1 and up. */
  readonly maxConcurrency: number;
  /** Messages a second; absent: any number. */
  readonly perSecond?: number;
  /** Messages of a call; 1 and up. */
  readonly batchSize: number;
}

const ASLEEP = 0 as EpochMs;

/** Whether a wake-up has to start a dispatcher. */
export const isAsleep = (lease: PushLease | undefined, nowMs: EpochMs): boolean =>
  lease === undefined || lease.untilMs <= nowMs;

/** The record of a dispatcher that takes over; `undefined` while another one is awake. Slots of others still count. */
export function planTakeOver(
  lease: PushLease | undefined,
  { nowMs, untilMs, limits }: { readonly nowMs: EpochMs; readonly untilMs: EpochMs; readonly limits: PushLimits },
): PushLease | undefined {
  if (!isAsleep(lease, nowMs)) return undefined;
  return {
    epoch: (lease?.epoch ?? 0) + 1,
    untilMs,
    slots: runningSlots(lease, nowMs),
    budget: lease?.budget ?? { tokens: burstOf(limits), atMs: nowMs },
  };
}

/** Whether the dispatcher of this epoch may still write: no other one has taken over, and it has not gone to sleep. */
export const isOwn = (lease: PushLease | undefined, epoch: number): lease is PushLease =>
  lease?.epoch === epoch && lease.untilMs !== ASLEEP;

/** The calls that may be running. */
export const runningSlots = (lease: PushLease | undefined, nowMs: EpochMs): readonly Slot[] =>
  (lease?.slots ?? []).filter(({ untilMs }) => untilMs > nowMs);

/** How many messages the next call may take; 0: none may start now. */
export function messagesForNextCall(lease: PushLease, limits: PushLimits, nowMs: EpochMs): number {
  if (runningSlots(lease, nowMs).length >= limits.maxConcurrency) return 0;
  return Math.min(limits.batchSize, Math.floor(tokensAt(lease.budget, limits, nowMs)));
}

/**
 * The record with a slot for a call of `messageCount` messages, before that call begins; `undefined` when the epoch is
 * over or the limits leave no room. It also prolongs the lease of the dispatcher.
 */
export function planSlot(
  lease: PushLease | undefined,
  call: {
    readonly epoch: number;
    readonly slot: Slot;
    readonly messageCount: number;
    readonly limits: PushLimits;
    readonly nowMs: EpochMs;
    readonly awakeUntilMs: EpochMs;
  },
): PushLease | undefined {
  const { epoch, slot, messageCount, limits, nowMs, awakeUntilMs } = call;
  if (!isOwn(lease, epoch) || messageCount > messagesForNextCall(lease, limits, nowMs)) return undefined;
  return {
    epoch,
    untilMs: awakeUntilMs,
    slots: [...runningSlots(lease, nowMs), slot],
    budget: { tokens: tokensAt(lease.budget, limits, nowMs) - messageCount, atMs: nowMs },
  };
}

/** The record without a slot, after an answer. A predecessor may free its own slots in a later epoch. */
export function planFree(lease: PushLease, slotId: string): PushLease {
  const slots = lease.slots.filter(({ id }) => id !== slotId);
  return slots.length === lease.slots.length ? lease : { ...lease, slots };
}

/** The record of a dispatcher that goes to sleep; it then has to look at all shards once more. */
export const planSleep = (lease: PushLease | undefined, epoch: number): PushLease | undefined =>
  isOwn(lease, epoch) ? { ...lease, untilMs: ASLEEP } : undefined;

/** One second's worth, or one batch. */
const burstOf = ({ perSecond = Number.POSITIVE_INFINITY, batchSize }: PushLimits): number =>
  Math.max(perSecond, batchSize);

/** Clocks of dispatchers may differ: a budget noted by a later clock grows by nothing. */
function tokensAt({ tokens, atMs }: Budget, limits: PushLimits, nowMs: EpochMs): number {
  if (limits.perSecond === undefined) return Number.POSITIVE_INFINITY;
  return Math.min(burstOf(limits), tokens + (Math.max(0, nowMs - atMs) * limits.perSecond) / 1_000);
}
