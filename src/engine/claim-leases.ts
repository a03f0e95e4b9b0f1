import type { EpochMs } from '../model/brand.ts';
import { allIndexes, type Delivery, isFinished } from '../model/delivery.ts';
import { QueueError } from '../model/errors.ts';
import {
  DELIVERY_ID_LENGTH,
  type DeliveryId,
  deliveryKey,
  queueOfShard,
  type ShardKey,
  visibleAtMs,
} from '../model/ids.ts';
import { type Lease, planLeases, planTakeOver, planTakes, type Take } from '../model/lease.ts';
import type { MarkOutcome, PutOutcome } from '../ports/shard-store.ts';
import { fetchSources, NO_SOURCES, type Sources } from './contents.ts';
import type { Candidate } from './due-shard.ts';
import { withoutExpired } from './expire-messages.ts';
import { clearLeftovers } from './leftovers.ts';
import { markMoved } from './marking.ts';
import { removeFinished } from './redirects.ts';
import type { QueueService } from './service.ts';

/** Which messages to lease. */
export interface LeaseCommand {
  readonly shard: ShardKey;
  /** After a purge: only what entered the queue from then on. */
  readonly fromMs: EpochMs | undefined;
  /** Messages wanted; 1 to 1,000. */
  readonly wanted: number;
  /** Length of the lease, at least the store's lease floor. */
  readonly leaseMs: number;
  /** Older messages are not leased; they are acked where the claim meets them. */
  readonly retentionMs: number | undefined;
}

/** A lease that is stored, and what became of each of its messages. */
export interface HeldLease {
  readonly delivery: Delivery;
  /** Since when the oldest of what it takes over has been due. */
  readonly dueAtMs: EpochMs;
  /** Messages this claim has won, by index in the lease. */
  readonly won: readonly number[];
  /** Why some of the others could not be won: no answer, so that they stay on the lease until its time, or no room. */
  readonly trouble: 'unclear' | 'throttled' | undefined;
  /** What its messages lie in, to be unpacked once it is known which of them are answered. */
  readonly sources: Sources;
  /** Not after the blocks were read: by it, one that is missing was young or not. */
  readonly readAtMs: EpochMs;
}

/** A claim that meets only messages which are too old goes on behind them, this often and this many at a time. */
const EXPIRED_ROUNDS_MAX = 20;
const EXPIRED_PER_ROUND = 100;

/**
 * Lets leased deliveries take over due ones, up to who holds what: steps 1 to 4 of a claim.
 * @throws QueueError `Throttled`, `Unavailable`, as when no lease was stored; nothing is lost then, only perhaps leased
 * @remarks Cost: see `claim`.
 */
export async function claimLeases(service: QueueService, command: LeaseCommand): Promise<HeldLease[]> {
  let held = await claimOnce(service, command, command.wanted);
  for (let rounds = 0; held === 'expired' && rounds < EXPIRED_ROUNDS_MAX; rounds++) {
    held = await claimOnce(service, command, Math.max(command.wanted, EXPIRED_PER_ROUND));
  }
  return held === 'expired' ? [] : held;
}

/** `expired`: all that was met was too old; there may be more behind it. */
async function claimOnce(
  service: QueueService,
  command: LeaseCommand,
  reach: number,
): Promise<HeldLease[] | 'expired'> {
  const { shard, fromMs } = command;
  const { candidates, leftovers } = await service.candidates.reserve({ shard, fromMs, wanted: reach }); // step 1
  let lostCount = 0;
  try {
    await clearLeftovers(service, shard, leftovers);
    const { retentionMs } = command;
    const live = retentionMs === undefined ? candidates : await stillRetained(service, shard, candidates, retentionMs);
    if (live.length < candidates.length && live.length === 0) return 'expired';
    const leased = await leaseTakes(service, command, planTakes(live, command.wanted)); // steps 2 to 4
    lostCount = leased.lostCount;
    return leased.held;
  } finally {
    service.candidates.release(shard, candidates, lostCount);
    if (lostCount > 0) service.load.addToQueue(queueOfShard(shard), { lostClaims: lostCount });
  }
}

/**
 * Lets leased deliveries take over what was chosen.
 * @throws QueueError `Throttled`, `Unavailable`, as when no lease was stored
 */
export async function leaseTakes(
  service: QueueService,
  { shard, leaseMs }: Pick<LeaseCommand, 'shard' | 'leaseMs'>,
  takes: readonly Take[],
): Promise<{ readonly held: HeldLease[]; readonly lostCount: number }> {
  if (takes.length === 0) return { held: [], lostCount: 0 };
  const readAtMs = service.clock.nowMs();
  const untilMs = (readAtMs + leaseMs) as EpochMs;
  const leases = planClaimLeases(service, takes, untilMs);
  const { puts, sources } = await putAndRead(service, shard, leases); // step 2
  if (!puts.includes('stored')) throw notLeased(puts);
  let lostCount = 0;
  const held = await Promise.all(
    leases.map(async (lease, index) => {
      if (puts[index] !== 'stored') return [];
      const { lostCount: lost, ...takenOver } = await takeOver(service, shard, lease); // steps 3 and 4
      lostCount += lost;
      const dueAtMs = Math.min(...lease.takes.map(({ seen }) => visibleAtMs(seen.key))) as EpochMs;
      return [{ delivery: lease.delivery, dueAtMs, ...takenOver, sources, readAtMs }];
    }),
  );
  return { held: held.flat(), lostCount };
}

const notLeased = (puts: readonly PutOutcome[]): QueueError =>
  puts.includes('throttled')
    ? new QueueError('Throttled', 'the store takes no more leases for now; try again')
    : new QueueError('Unavailable', 'the store did not answer; what it may have leased comes back');

async function stillRetained(
  service: QueueService,
  shard: ShardKey,
  candidates: readonly Candidate[],
  retentionMs: number,
): Promise<readonly Candidate[]> {
  const expiredToMs = (service.clock.nowMs() - retentionMs) as EpochMs;
  return await withoutExpired(service, shard, { candidates, expiredToMs });
}

function planClaimLeases(service: QueueService, takes: readonly Take[], untilMs: EpochMs): Lease[] {
  return planLeases(takes, {
    nowMs: service.clock.nowMs(),
    thresholds: service.settings.thresholds,
    nextKey: () => deliveryKey(untilMs, service.random.text(DELIVERY_ID_LENGTH) as DeliveryId),
  });
}

/** Puts the leases and fetches their messages at the same time. What cannot be read is given back at once. */
async function putAndRead(
  service: QueueService,
  shard: ShardKey,
  leases: readonly Lease[],
): Promise<{ puts: readonly PutOutcome[]; sources: Sources }> {
  const placements = leases.map(({ delivery }) => ({ shard, delivery }));
  if (leases.every(({ delivery }) => isInline(delivery))) {
    return { puts: await service.shards.put(placements), sources: NO_SOURCES };
  }
  const selections = leases.map(({ delivery }) => ({ delivery, indexes: allIndexes(delivery) }));
  const [put, read] = await Promise.allSettled([service.shards.put(placements), fetchSources(service, selections)]);
  if (put.status === 'rejected') throw put.reason;
  if (read.status === 'fulfilled') return { puts: put.value, sources: read.value };
  // The originals are untouched: the leases must not bring their messages a second time.
  await Promise.all(selections.map(({ delivery, indexes }) => markMoved(service, shard, delivery.key, indexes)));
  throw read.reason;
}

const isInline = ({ parts }: Delivery): boolean => parts.every(({ kind }) => kind === 'inline');

/** Ends the originals of a stored lease, all at once; each condition has one winner. What was lost is marked. */
async function takeOver(
  service: QueueService,
  shard: ShardKey,
  lease: Lease,
): Promise<Pick<HeldLease, 'trouble'> & { won: number[]; lostCount: number }> {
  const outcomes = await Promise.all(lease.takes.map((take) => takeOverOne(service, shard, take)));
  const won: number[] = [];
  const lost: number[] = [];
  let start = 0;
  for (const [position, take] of lease.takes.entries()) {
    const indexes = take.indexes.map((_, offset) => start + offset);
    if (outcomes[position] === 'done') won.push(...indexes);
    // Of one that was throttled it is known, as of a lost one, that its original is as it was.
    if (outcomes[position] === 'refused' || outcomes[position] === 'throttled') lost.push(...indexes);
    start += indexes.length;
  }
  // Unclear ones stay on the lease: marking them would lose them if the first try had removed the original.
  if (lost.length > 0) await markMoved(service, shard, lease.delivery.key, lost);
  const lostCount = outcomes.filter((outcome) => outcome === 'refused').length;
  const trouble = (['unclear', 'throttled'] as const).find((outcome) => outcomes.includes(outcome));
  return { won, lostCount, trouble };
}

async function takeOverOne(service: QueueService, shard: ShardKey, take: Take): Promise<MarkOutcome['outcome']> {
  const { key, edition } = take.seen;
  const plan = planTakeOver(take);
  if (plan.kind === 'remove') return (await service.shards.tryRemove(shard, key, { edition })).outcome;
  const change = plan.kind === 'advance' ? { first: plan.first } : { moved: take.indexes };
  const marked = await service.shards.tryMark(shard, key, change, { edition });
  if (marked.outcome === 'done' && isFinished(marked.now)) await removeFinished(service, shard, marked.now);
  return marked.outcome;
}
