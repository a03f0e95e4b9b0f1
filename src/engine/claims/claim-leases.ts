import type { EpochMs } from '../../model/brand.ts';
import { type Delivery, dueAtMs } from '../../model/delivery.ts';
import { QueueError } from '../../model/errors.ts';
import { newDeliveryKey, queueOfShard, type ShardKey, visibleAtMs } from '../../model/ids.ts';
import { isInPlace, type Lease, planLeases, planTakes, type Room, type Take } from '../../model/lease.ts';
import { HEAD_AGE_MS_MAX, HEAD_DELIVERIES } from '../../model/limits.ts';
import { type Content, markMoved } from '../deliveries/index.ts';
import type { Candidate } from '../memory/index.ts';
import type { Claiming, Deliveries, Leases, Using } from '../service.ts';
import type { BlockProgress } from './block-progress.ts';
import { withoutExpired } from './expire-messages.ts';
import { clearLeftovers } from './leftovers.ts';
import { type Choose, chosenOf, type ReadLease } from './read-lease.ts';
import { storeLeases, type TakeOverOutcomes } from './store-leases.ts';

/** Which messages to lease. */
export interface LeaseCommand {
  readonly shard: ShardKey;
  /** After a purge: only what entered the queue from then on. */
  readonly fromMs: EpochMs | undefined;
  /** Messages wanted; 1 to 1,000. */
  readonly wanted: number;
  /** Length of the lease, at least the store's lease floor. */
  readonly leaseMs: number;
  /**
   * Messages that came at this moment or before are too old for their queue: they are not leased, but acked where the
   * claim meets them. Fixed when the claim begins: a process that pauses knows no later retention.
   */
  readonly expiredToMs: EpochMs | undefined;
  /** What the messages are for still holds so much. */
  readonly room: Room;
  /**
   * Which messages of a lease to take over, once they are read. The others stay where they are, with the receive count
   * that they had. @default all
   */
  readonly choose?: Choose;
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
  /** Messages that it was to take over; others may have been quicker. */
  readonly takenCount: number;
  /** Its messages as they were read. */
  readonly contents: readonly Content[];
  /** What of their blocks was consumed, though a delivery still named it. */
  readonly progress: BlockProgress;
  /** Not after the blocks were read: by it, one that is missing was young or not. */
  readonly readAtMs: EpochMs;
}

/** A claim that meets only messages which are too old continues behind them, this often and this many at a time. */
const EXPIRED_ROUNDS_MAX = 20;
/** Messages of such a round, at least, however few the caller wants. */
const EXPIRED_PER_ROUND = 100;

/**
 * Lets leased deliveries take over due ones, and learns which messages the claim won: steps 1 to 4 of a claim.
 * @throws QueueError `Throttled`, `Unavailable`, as when no lease was stored; nothing is lost then, only perhaps
 * leased. `Throttled` also behind more than 2,000 deliveries that are too old
 * @remarks Cost: see `claim`.
 */
export async function claimLeases(service: Claiming, command: LeaseCommand): Promise<HeldLease[]> {
  let held = await claimOnce(service, command, command.wanted);
  for (let rounds = 0; held === 'expired' && rounds < EXPIRED_ROUNDS_MAX; rounds++) {
    held = await claimOnce(service, command, Math.max(command.wanted, EXPIRED_PER_ROUND));
  }
  if (held === 'expired') throw MORE_EXPIRED;
  return held;
}

/**
 * Whether a lease in place of the candidate lies where every look at the shard reads it anyway, and a barrier of the
 * feed. What is put later lies behind it.
 */
const isNearHead = (candidate: Candidate | undefined, nowMs: EpochMs): boolean =>
  candidate?.aheadCount !== undefined &&
  candidate.aheadCount < HEAD_DELIVERIES &&
  nowMs - visibleAtMs(candidate.delivery.key) <= HEAD_AGE_MS_MAX;

/** An empty answer would say that nothing waits. */
const MORE_EXPIRED = new QueueError(
  'Throttled',
  'messages that are too old lie in front, more than one receive removes; try again',
);

/** `expired`: all that was met was too old; there may be more behind it. */
async function claimOnce(service: Claiming, command: LeaseCommand, reach: number): Promise<HeldLease[] | 'expired'> {
  const { shard, fromMs } = command;
  const { candidates, leftovers } = await service.candidates.reserve({ shard, fromMs, wanted: reach }); // step 1
  let lostCount = 0;
  try {
    await clearLeftovers(service, shard, leftovers);
    const { expiredToMs } = command;
    const live =
      expiredToMs === undefined ? candidates : await withoutExpired(service, shard, { candidates, expiredToMs });
    if (live.length < candidates.length && live.length === 0) return 'expired';
    const takes = planTakes(live, command.wanted, command.room);
    const isAtHead = isNearHead(live[0], service.clock.nowMs());
    const leased = await leaseTakes(service, { ...command, isAtHead }, takes); // steps 2 to 4
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
  service: Leases,
  command: Pick<LeaseCommand, 'shard' | 'leaseMs' | 'choose'> & { readonly isAtHead?: boolean },
  takes: readonly Take[],
): Promise<{ readonly held: HeldLease[]; readonly lostCount: number }> {
  if (takes.length === 0) return { held: [], lostCount: 0 };
  const { shard } = command;
  const readAtMs = service.clock.nowMs();
  const untilMs = (readAtMs + command.leaseMs) as EpochMs;
  const leases = planClaimLeases(service, takes, untilMs);
  const { read, outcomes, progress } = await storeLeases(service, command, leases); // steps 2 and 3
  const held = await Promise.all(
    read.map(async (lease) => ({ ...(await settle(service, shard, lease, outcomes)), progress, readAtMs })), // step 4
  );
  return { held, lostCount: [...outcomes.values()].filter((outcome) => outcome === 'refused').length };
}

function planClaimLeases(
  service: Using<'clock' | 'random' | 'settings'>,
  takes: readonly Take[],
  untilMs: EpochMs,
): Lease[] {
  return planLeases(takes, {
    nowMs: service.clock.nowMs(),
    thresholds: service.settings.thresholds,
    nextKey: () => newDeliveryKey(untilMs, service.random),
  });
}

/** What became of the messages of a lease. Those that are not on it alone are marked. */
async function settle(
  service: Deliveries,
  shard: ShardKey,
  read: ReadLease,
  outcomes: TakeOverOutcomes,
): Promise<Omit<HeldLease, 'progress' | 'readAtMs'>> {
  const { lease, contents, chosen } = read;
  const won: number[] = [];
  const lost: number[] = [];
  for (const { take, places, others } of chosenOf(read)) {
    const outcome = outcomes.get(take.seen.key);
    if (outcome === 'done') won.push(...places);
    // Of one that was throttled it is known, as of a lost one, that its original is as it was.
    if (outcome === 'refused' || outcome === 'throttled') lost.push(...places);
    lost.push(...others);
  }
  // Unclear ones stay on the lease: marking them would lose them if the first try had removed the original.
  // A lease in place is the only delivery of its messages: marked `moved` there, they would be lost.
  if (lost.length > 0 && !isInPlace(lease)) await markMoved(service, shard, lease.delivery.key, lost);
  const met = lease.takes.map(({ seen }) => outcomes.get(seen.key));
  return {
    delivery: lease.delivery,
    dueAtMs: Math.min(...lease.takes.map(({ seen }) => dueAtMs(seen))) as EpochMs,
    won,
    takenCount: chosen.size,
    contents,
    trouble: (['unclear', 'throttled'] as const).find((outcome) => met.includes(outcome)),
  };
}
