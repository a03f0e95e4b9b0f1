import type { EpochMs } from '../brand.ts';
import { afterCall, type Breaker, withoutProbe, withProbe } from './breaker.ts';
import { type CallEnd, verdictOn } from './outcome.ts';

/**
 * A call of the target that may be running. It counts until its answer, or until the lease of its messages ends. A slot
 * with a part counts as all calls of that part, until the dispatcher of the part gives it back or its time ends.
 */
export interface Slot {
  readonly id: string;
  readonly untilMs: EpochMs;
  readonly part?: Part;
}

/** What another dispatcher may do beside the first one. */
export interface Part {
  /** Calls at once; 1 and up. */
  readonly calls: number;
  /** Messages a second; absent: any number. */
  readonly perSecond?: number;
  /** Which dispatcher has it; absent: none so far. */
  readonly owner?: string;
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
  /** Absent while the target answers. */
  readonly breaker?: Breaker;
  /** Messages that the filter refused, approximately: after an unclear write some may count twice. */
  readonly filtered?: number;
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

/** The end of a lease whose dispatcher gave it back. */
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
  const first = { budget: budgetOf(burstOf(limits), nowMs) };
  return {
    ...(lease ?? first),
    epoch: (lease?.epoch ?? 0) + 1,
    untilMs,
    slots: runningSlots(lease, nowMs),
  };
}

/** Whether the dispatcher of this epoch may still write: no other one has taken over, and it has not gone to sleep. */
export const isOwn = (lease: PushLease | undefined, epoch: number): lease is PushLease =>
  lease?.epoch === epoch && lease.untilMs !== ASLEEP;

/** The calls that may be running. */
export const runningSlots = (lease: PushLease | undefined, nowMs: EpochMs): readonly Slot[] =>
  (lease?.slots ?? []).filter(({ untilMs }) => untilMs > nowMs);

/** How many calls may be running, those of parts included. */
export const runningCalls = (lease: PushLease | undefined, nowMs: EpochMs): number =>
  runningSlots(lease, nowMs).reduce((sum, { part }) => sum + (part?.calls ?? 1), 0);

/** How many messages the next call may take; 0: none may start now. */
export function messagesForNextCall(lease: PushLease, limits: PushLimits, nowMs: EpochMs): number {
  if (runningCalls(lease, nowMs) >= limits.maxConcurrency) return 0;
  if (lease.breaker !== undefined && nowMs < lease.breaker.retryAtMs) return 0;
  return Math.min(limits.batchSize, Math.floor(tokensAt(lease, limits, nowMs)));
}

/** When a call may start at the latest, though no other one ends before. A part may be given back at any time. */
export function roomAtMs(lease: PushLease, limits: PushLimits, nowMs: EpochMs): EpochMs {
  const slots = runningSlots(lease, nowMs);
  const breakerMs = lease.breaker?.retryAtMs ?? nowMs;
  if (slots.some(({ part }) => part !== undefined)) return Math.max(nowMs, breakerMs) as EpochMs;
  const freeMs = slots.length < limits.maxConcurrency ? nowMs : Math.min(...slots.map(({ untilMs }) => untilMs));
  const missing = 1 - tokensAt(lease, limits, nowMs);
  const pacedMs = missing <= 0 ? nowMs : nowMs + Math.ceil((1_000 * missing) / (limits.perSecond ?? 1));
  return Math.max(freeMs, pacedMs, breakerMs) as EpochMs;
}

/**
 * The record with a slot for a call of `messageCount` messages, before that call begins; `undefined` when the epoch is
 * over or the limits leave no room. It also prolongs the lease of the dispatcher. A slot that is taken stays as it is.
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
  if (!isOwn(lease, epoch)) return undefined;
  if (lease.slots.some(({ id }) => id === slot.id)) return lease;
  if (messageCount > messagesForNextCall(lease, limits, nowMs)) return undefined;
  return {
    ...lease,
    untilMs: awakeUntilMs,
    slots: [...runningSlots(lease, nowMs), slot],
    budget: budgetOf(tokensAt(lease, limits, nowMs) - messageCount, nowMs),
    ...(lease.breaker === undefined ? {} : { breaker: withProbe(lease.breaker, slot) }),
  };
}

/** The record without the slot of a call that did not begin. A predecessor may free its own slots in a later epoch. */
export function planFree(lease: PushLease, slotId: string, nowMs: EpochMs): PushLease {
  const slots = lease.slots.filter(({ id }) => id !== slotId);
  if (slots.length === lease.slots.length) return lease;
  const { breaker } = lease;
  return { ...lease, slots, ...(breaker === undefined ? {} : { breaker: withoutProbe(breaker, slotId, nowMs) }) };
}

/**
 * The record after the end of a call: without its slot, and with what the end says about the target. A call of which
 * nobody knows whether it goes on keeps its slot until the lease of its messages ends.
 */
export function planEnd(
  lease: PushLease,
  call: { readonly slotId: string; readonly end: CallEnd; readonly nowMs: EpochMs },
): PushLease {
  const verdict = verdictOn(call.end);
  const slots = lease.slots.filter(({ id }) => id !== call.slotId);
  if (verdict === 'unclear' || slots.length === lease.slots.length) return lease;
  const { breaker, ...rest } = lease;
  const next = afterCall(breaker, { ...call, verdict });
  return { ...rest, slots, ...(next === undefined ? {} : { breaker: next }) };
}

/** The record of a dispatcher that stays awake; `undefined` when its epoch is over. */
export const planStay = (lease: PushLease | undefined, epoch: number, untilMs: EpochMs): PushLease | undefined =>
  isOwn(lease, epoch) ? { ...lease, untilMs } : undefined;

/** The record of a dispatcher that goes to sleep; it then has to look at all shards once more. */
export const planSleep = (lease: PushLease | undefined, epoch: number): PushLease | undefined =>
  isOwn(lease, epoch) ? { ...lease, untilMs: ASLEEP } : undefined;

/** One second's worth, or one batch. */
const burstOf = ({ perSecond = Number.POSITIVE_INFINITY, batchSize }: PushLimits): number =>
  Math.max(perSecond, batchSize);

/** Without a limit nothing is counted; a limit that is set later begins with nothing. */
const budgetOf = (tokens: number, atMs: EpochMs): Budget => ({ tokens: Number.isFinite(tokens) ? tokens : 0, atMs });

/** What parts leave of the messages a second. */
export const paceBeside = (lease: PushLease, { perSecond = 0 }: PushLimits, nowMs: EpochMs): number =>
  Math.max(
    0,
    runningSlots(lease, nowMs).reduce((left, { part }) => left - (part?.perSecond ?? 0), perSecond),
  );

/** The budget of the dispatcher that has no part. */
export const budgetAt = (lease: PushLease, limits: PushLimits, nowMs: EpochMs): Budget =>
  budgetOf(tokensAt(lease, limits, nowMs), nowMs);

/** Clocks of dispatchers may differ: a budget noted by a later clock grows by nothing. */
function tokensAt(lease: PushLease, limits: PushLimits, nowMs: EpochMs): number {
  if (limits.perSecond === undefined) return Number.POSITIVE_INFINITY;
  const { tokens, atMs } = lease.budget;
  const perSecond = paceBeside(lease, limits, nowMs);
  return Math.min(burstOf({ ...limits, perSecond }), tokens + (Math.max(0, nowMs - atMs) * perSecond) / 1_000);
}
