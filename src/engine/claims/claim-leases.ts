import type { EpochMs } from '../../model/brand.ts';
import { allIndexes, type Delivery, isFinished } from '../../model/delivery.ts';
import { QueueError } from '../../model/errors.ts';
import { type DeliveryKey, newDeliveryKey, queueOfShard, type ShardKey, visibleAtMs } from '../../model/ids.ts';
import { type Lease, planLeases, planTakeOver, planTakes, type Room, type Take } from '../../model/lease.ts';
import type { MarkOutcome, PutOutcome } from '../../ports/shard-store.ts';
import {
  type Content,
  contentsOf,
  fetchSources,
  markMoved,
  NO_SOURCES,
  removeFinished,
  type Sources,
} from '../deliveries/index.ts';
import type { Candidate } from '../memory/index.ts';
import type { QueueService } from '../service.ts';
import { type BlockProgress, readProgress } from './block-progress.ts';
import { withoutExpired } from './expire-messages.ts';
import { clearLeftovers } from './leftovers.ts';

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
  /** What the messages are for still holds so much. */
  readonly room: Room;
  /**
   * Which messages of a lease to take over, once they are read. The others stay where they are, with the receive count
   * that they had. @default all
   */
  readonly choose?: (lease: Delivery, contents: readonly Content[]) => readonly number[];
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
    const takes = planTakes(live, command.wanted, command.room);
    const leased = await leaseTakes(service, command, takes); // steps 2 to 4
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
  command: Pick<LeaseCommand, 'shard' | 'leaseMs' | 'choose'>,
  takes: readonly Take[],
): Promise<{ readonly held: HeldLease[]; readonly lostCount: number }> {
  if (takes.length === 0) return { held: [], lostCount: 0 };
  const { shard } = command;
  const readAtMs = service.clock.nowMs();
  const untilMs = (readAtMs + command.leaseMs) as EpochMs;
  const leases = planClaimLeases(service, takes, untilMs);
  const { puts, sources, progress } = await putAndRead(service, shard, leases); // step 2
  const stored = leases.filter((_, index) => puts[index] === 'stored');
  if (stored.length === 0) throw notLeased(puts);
  const read = stored.map((lease) => readLease(lease, sources, command.choose));
  const outcomes = await takeOver(service, shard, read); // step 3
  const held = await Promise.all(
    read.map(async (lease) => ({ ...(await settle(service, shard, lease, outcomes)), progress, readAtMs })), // step 4
  );
  return { held, lostCount: [...outcomes.values()].filter((outcome) => outcome === 'refused').length };
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
    nextKey: () => newDeliveryKey(untilMs, service.random),
  });
}

/** Puts the leases and fetches their messages at the same time. What cannot be read is given back at once. */
async function putAndRead(
  service: QueueService,
  shard: ShardKey,
  leases: readonly Lease[],
): Promise<{ puts: readonly PutOutcome[]; sources: Sources; progress: BlockProgress }> {
  const placements = leases.map(({ delivery }) => ({ shard, delivery }));
  if (leases.every(({ delivery }) => isInline(delivery))) {
    return { puts: await service.shards.put(placements), sources: NO_SOURCES, progress: new Map() };
  }
  const selections = leases.map(({ delivery }) => ({ delivery, indexes: allIndexes(delivery) }));
  const deliveries = leases.map(({ delivery }) => delivery);
  const [put, read] = await Promise.allSettled([
    service.shards.put(placements),
    Promise.all([fetchSources(service, selections), readProgress(service, deliveries)]),
  ]);
  if (put.status === 'rejected') throw put.reason;
  if (read.status === 'fulfilled') {
    const [sources, progress] = read.value;
    return { puts: put.value, sources, progress };
  }
  // The originals are untouched: the leases must not bring their messages a second time.
  await Promise.all(selections.map(({ delivery, indexes }) => markMoved(service, shard, delivery.key, indexes)));
  throw read.reason;
}

const isInline = ({ parts }: Delivery): boolean => parts.every(({ kind }) => kind === 'inline');

/** A lease that is stored, its messages, and those of them that it is to take over. */
interface ReadLease {
  readonly lease: Lease;
  readonly contents: readonly Content[];
  readonly chosen: ReadonlySet<number>;
}

function readLease(lease: Lease, sources: Sources, choose: LeaseCommand['choose']): ReadLease {
  const { delivery } = lease;
  const indexes = allIndexes(delivery);
  const contents = contentsOf({ delivery, indexes }, sources);
  return { lease, contents, chosen: new Set(choose?.(delivery, contents) ?? indexes) };
}

/** Each take of a lease, with the places in the lease of those of its messages that were chosen, and of the others. */
function* chosenOf({ lease, chosen }: ReadLease): Generator<{ take: Take; places: number[]; others: number[] }> {
  let start = 0;
  for (const take of lease.takes) {
    const all = take.indexes.map((_, offset) => start + offset);
    yield {
      take,
      places: all.filter((place) => chosen.has(place)),
      others: all.filter((place) => !chosen.has(place)),
    };
    start += all.length;
  }
}

type TakeOverOutcomes = ReadonlyMap<DeliveryKey, MarkOutcome['outcome']>;

/** Ends the originals of stored leases, all at once and each for all leases that hold messages of it: one wins. */
async function takeOver(service: QueueService, shard: ShardKey, read: readonly ReadLease[]): Promise<TakeOverOutcomes> {
  const originals = new Map<DeliveryKey, { readonly seen: Delivery; readonly indexes: number[] }>();
  for (const lease of read) {
    let start = 0;
    for (const { take, places } of chosenOf(lease)) {
      const original = originals.get(take.seen.key) ?? { seen: take.seen, indexes: [] };
      for (const place of places) original.indexes.push(take.indexes[place - start] ?? 0);
      if (original.indexes.length > 0) originals.set(take.seen.key, original);
      start += take.indexes.length;
    }
  }
  return new Map(
    await Promise.all(
      [...originals].map(async ([key, original]) => [key, await takeOverOne(service, shard, original)] as const),
    ),
  );
}

/** What became of the messages of a lease. Those that are not on it alone are marked. */
async function settle(
  service: QueueService,
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
  if (lost.length > 0) await markMoved(service, shard, lease.delivery.key, lost);
  const met = lease.takes.map(({ seen }) => outcomes.get(seen.key));
  return {
    delivery: lease.delivery,
    dueAtMs: Math.min(...lease.takes.map(({ seen }) => visibleAtMs(seen.key))) as EpochMs,
    won,
    takenCount: chosen.size,
    contents,
    trouble: (['unclear', 'throttled'] as const).find((outcome) => met.includes(outcome)),
  };
}

async function takeOverOne(
  service: QueueService,
  shard: ShardKey,
  take: Pick<Take, 'seen' | 'indexes'>,
): Promise<MarkOutcome['outcome']> {
  const { key, edition } = take.seen;
  const plan = planTakeOver(take);
  if (plan.kind === 'remove') return (await service.shards.tryRemove(shard, key, { edition })).outcome;
  const change = plan.kind === 'advance' ? { first: plan.first } : { moved: take.indexes };
  const marked = await service.shards.tryMark(shard, key, change, { edition });
  if (marked.outcome === 'done' && isFinished(marked.now)) await removeFinished(service, shard, marked.now);
  return marked.outcome;
}
