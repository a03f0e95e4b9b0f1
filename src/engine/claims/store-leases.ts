import { allIndexes, type Delivery, isFinished, messageCount } from '../../model/delivery.ts';
import { QueueError } from '../../model/errors.ts';
import type { DeliveryKey, ShardKey } from '../../model/ids.ts';
import { type Lease, planTakeOver, type Take } from '../../model/lease.ts';
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

/**
 * Stores leases and lets them take over what was chosen: steps 2 and 3 of a claim.
 * @throws QueueError `Throttled`, `Unavailable`, as when no lease was stored
 */
export async function storeLeases(
  service: Leases,
  { shard, choose }: { readonly shard: ShardKey; readonly choose?: Choose | undefined },
  leases: readonly Lease[],
): Promise<StoredLeases> {
  const early = isCommonCase(service, leases) ? leases.map((lease) => readLease(lease, NO_SOURCES, choose)) : undefined;
  const stored = early && (await tryInOneStep(service, shard, early));
  if (stored !== undefined) return stored;
  const { puts, sources, progress } = await putAndRead(service, shard, leases); // step 2
  if (!puts.includes('stored')) throw notLeased(puts);
  const isStored = (_: unknown, index: number) => puts[index] === 'stored';
  // Choosing notes what an answer has room for, so each lease is read once.
  const read = early?.filter(isStored) ?? leases.filter(isStored).map((lease) => readLease(lease, sources, choose));
  return { read, outcomes: await takeOver(service, shard, read), progress }; // step 3
}

/** A store that one process owns takes messages in one step that deliveries hold and that were never received. */
const isCommonCase = ({ shards }: Using<'shards'>, leases: readonly Lease[]): boolean =>
  shards.tryTakeOver !== undefined &&
  leases.every(
    ({ delivery, takes }) => isInline(delivery) && takes.every((take) => planTakeOver(take).kind !== 'move'),
  );

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
