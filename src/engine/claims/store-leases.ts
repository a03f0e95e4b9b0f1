import { allIndexes, type Delivery, isFinished, messageCount } from '../../model/delivery.ts';
import { QueueError } from '../../model/errors.ts';
import { type DeliveryKey, type ShardKey, visibleAtMs } from '../../model/ids.ts';
import { inPlace, type Lease, planTakeOver, type Take } from '../../model/lease.ts';
import type { MarkOutcome, PutOutcome } from '../../ports/shard-store.ts';
import { fetchSources, markMoved, NO_SOURCES, removeFinished, type Sources } from '../deliveries/index.ts';
import type { Deliveries, Leases, Using } from '../service.ts';
import { type BlockProgress, readProgress } from './block-progress.ts';
import { type Choose, originalsOf, type ReadLease, readLease } from './read-lease.ts';

/** What became of each delivery that was taken over. */
export type TakeOverOutcomes = ReadonlyMap<DeliveryKey, MarkOutcome['outcome']>;

/** Leases that are stored, and what became of what they take over. */
export interface StoredLeases {
  readonly read: readonly ReadLease[];
  readonly outcomes: TakeOverOutcomes;
  readonly progress: BlockProgress;
}

/** Where leases are stored, and how their messages are chosen. */
export interface Storing {
  readonly shard: ShardKey;
  readonly choose?: Choose | undefined;
  /** What they take over is known to lie near the head of the shard. */
  readonly isAtHead?: boolean;
}

/**
 * Stores leases and lets them take over what was chosen: steps 2 and 3 of a claim.
 * @throws QueueError `Throttled`, `Unavailable`, as when no lease was stored
 */
export async function storeLeases(service: Leases, command: Storing, leases: readonly Lease[]): Promise<StoredLeases> {
  const { shard, choose } = command;
  const early = isCommonCase(service, command, leases)
    ? leases.map((lease) => readLease(lease, NO_SOURCES, choose))
    : undefined;
  const stored = early && ((await tryInPlace(service, command, early)) ?? (await tryInOneStep(service, shard, early)));
  if (stored !== undefined) return stored;
  const { puts, sources, progress } = await putAndRead(service, shard, leases); // step 2
  if (!puts.includes('stored')) throw notLeased(puts);
  const isStored = (_: unknown, index: number) => puts[index] === 'stored';
  // Choosing notes what an answer has room for, so each lease is read once.
  const read = early?.filter(isStored) ?? leases.filter(isStored).map((lease) => readLease(lease, sources, choose));
  return { read, outcomes: await takeOver(service, shard, read), progress }; // step 3
}

/** Messages that deliveries hold and that were never received may need no second step. */
const isCommonCase = ({ shards }: Using<'shards'>, { isAtHead = false }: Storing, leases: readonly Lease[]): boolean =>
  (shards.tryTakeOver !== undefined || (shards.tryLease !== undefined && isAtHead)) &&
  leases.every(
    ({ delivery, takes }) => isInline(delivery) && takes.every((take) => planTakeOver(take).kind !== 'move'),
  );

/**
 * Leases a delivery near the head of its shard where it lies: one write in place of a put and a removal. `undefined`:
 * nothing is done, and it goes step by step.
 * @see docs/decisions/0083-a-lease-in-place.md
 */
async function tryInPlace(
  { shards }: Using<'shards'>,
  { shard, isAtHead = false }: Storing,
  read: readonly ReadLease[],
): Promise<StoredLeases | undefined> {
  const [only, ...others] = read;
  if (shards.tryLease === undefined || !isAtHead || only === undefined || others.length > 0) return undefined;
  const lease = only.chosen.size < messageCount(only.lease.delivery) ? undefined : inPlace(only.lease);
  if (lease === undefined) return undefined;
  const { key, leasedUntilMs: untilMs = visibleAtMs(key), parts } = lease.delivery;
  const { outcome } = await shards.tryLease(shard, key, { untilMs, parts });
  return { read: [{ ...only, lease }], outcomes: new Map([[key, outcome]]), progress: new Map() };
}

/** Steps 2 and 3 at once; `undefined`: nothing is done, and it goes step by step. */
async function tryInOneStep(
  { shards }: Using<'shards'>,
  shard: ShardKey,
  read: readonly ReadLease[],
): Promise<StoredLeases | undefined> {
  if (read.some(({ lease, chosen }) => chosen.size < messageCount(lease.delivery))) return undefined;
  const plans = originalsOf(read).map((original) => ({ seen: original.seen, plan: planTakeOver(original) }));
  const originals = plans.map(({ seen: { key, edition }, plan }) =>
    plan.kind === 'advance' ? { key, edition, first: plan.first } : { key, edition },
  );
  const outcome = await shards.tryTakeOver?.(
    shard,
    read.map(({ lease }) => lease.delivery),
    originals,
  );
  if (outcome === 'unclear') throw notLeased(['unclear']);
  if (outcome !== 'done') return undefined;
  return { read, outcomes: new Map(originals.map(({ key }) => [key, outcome])), progress: new Map() };
}

const notLeased = (puts: readonly PutOutcome[]): QueueError =>
  puts.includes('throttled')
    ? new QueueError('Throttled', 'the store takes no more leases for now; try again')
    : new QueueError('Unavailable', 'the store did not answer; what it may have leased comes back');

/** Puts the leases and fetches their messages at the same time. What cannot be read is given back at once. */
async function putAndRead(
  service: Leases,
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

/** Ends the originals of stored leases, all at once: one of several claims wins each. */
async function takeOver(service: Deliveries, shard: ShardKey, read: readonly ReadLease[]): Promise<TakeOverOutcomes> {
  const outcomes = originalsOf(read).map(
    async (original) => [original.seen.key, await takeOverOne(service, shard, original)] as const,
  );
  return new Map(await Promise.all(outcomes));
}

async function takeOverOne(
  service: Deliveries,
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
