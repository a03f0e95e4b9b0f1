import type { EpochMs } from '../model/brand.ts';
import { allIndexes, type Delivery, isFinished, locate } from '../model/delivery.ts';
import {
  type BlockId,
  blockId,
  DELIVERY_ID_LENGTH,
  type DeliveryId,
  deliveryKey,
  type ShardKey,
  visibleAtMs,
} from '../model/ids.ts';
import { type Lease, planLeases, planTakeOver, planTakes, type Take } from '../model/lease.ts';
import { BLOCK_YOUNG_MS, LEASE_LEFT_MS_MIN } from '../model/limits.ts';
import type { Queue } from '../model/queue.ts';
import type { PutOutcome } from '../ports/shard-store.ts';
import { type Content, readContents } from './contents.ts';
import { deadLetter } from './dead-letter.ts';
import { clearLeftovers } from './leftovers.ts';
import { markMoved } from './marking.ts';
import { type ReceivedMessage, receivedMessage } from './received-message.ts';
import type { QueueService } from './service.ts';

export interface ClaimCommand {
  readonly queue: Queue;
  readonly shard: ShardKey;
  /** After a purge: only what entered the queue from then on. */
  readonly fromMs: EpochMs | undefined;
  /** Messages wanted; 1 to 1,000. */
  readonly wanted: number;
  /** Length of the lease, at least the store's lease floor. */
  readonly leaseMs: number;
}

/** A lease that is stored, and what became of each of its messages. */
interface HeldLease {
  readonly delivery: Delivery;
  /** Messages this claim has won, by index in the lease. */
  readonly won: readonly number[];
  readonly contents: readonly Content[];
}

/**
 * Claims messages due in one shard: leased deliveries take them over. Step 2 of the road.
 *
 * - reads: due deliveries of one shard, their blocks
 * - puts, then removes or marks: puts one leased delivery at *now + timeout*; then removes, or marks `moved` on,
 *   those it took over
 * - when it goes wrong: race lost: marked on the lease; consumer died: due again by itself
 *
 * Fewer messages than wanted are normal: what another consumer takes is left to it, never waited for. What a storage
 * answer left unclear stays on the lease unanswered, and comes back when its time has come.
 *
 * @throws QueueError `Throttled`, `Unavailable`; nothing is lost then, only perhaps leased
 * @remarks Cost: one query, one put for each kilobyte of leases, one conditional write for each delivery taken over;
 * one update for each lease that lost a race.
 */
export async function claim(service: QueueService, command: ClaimCommand): Promise<ReceivedMessage[]> {
  const { candidates, leftovers } = await service.candidates.reserve(command); // step 1
  let lostCount = 0;
  try {
    await clearLeftovers(service, command.shard, { leftovers, hasCandidates: candidates.length > 0 });
    const takes = planTakes(candidates, command.wanted);
    if (takes.length === 0) return [];
    const untilMs = (service.clock.nowMs() + command.leaseMs) as EpochMs;
    const leases = planClaimLeases(service, takes, untilMs);
    const { puts, contents } = await putAndRead(service, command.shard, leases); // step 2
    const held = await Promise.all(
      leases.map(async (lease, index) => {
        if (puts[index] !== 'stored') return undefined;
        const takenOver = await takeOver(service, command.shard, lease); // steps 3 and 4
        lostCount += takenOver.lostCount;
        return { delivery: lease.delivery, won: takenOver.won, contents: contents[index] ?? [] };
      }),
    );
    const answers = await Promise.all(
      held.map((lease) => (lease === undefined ? [] : answerLease(service, command, lease))),
    );
    return answers.flat(); // step 5
  } finally {
    service.candidates.release(command.shard, candidates, lostCount);
  }
}

function planClaimLeases(service: QueueService, takes: readonly Take[], untilMs: EpochMs): Lease[] {
  return planLeases(takes, {
    nowMs: service.clock.nowMs(),
    thresholds: service.settings.thresholds,
    nextKey: () => deliveryKey(untilMs, service.random.text(DELIVERY_ID_LENGTH) as DeliveryId),
  });
}

/** Puts the leases and reads their messages at the same time. What cannot be read is given back at once. */
async function putAndRead(
  service: QueueService,
  shard: ShardKey,
  leases: readonly Lease[],
): Promise<{ puts: readonly PutOutcome[]; contents: Content[][] }> {
  const selections = leases.map(({ delivery }) => ({ delivery, indexes: allIndexes(delivery) }));
  const [put, read] = await Promise.allSettled([
    service.shards.put(leases.map(({ delivery }) => ({ shard, delivery }))),
    readContents(service, selections),
  ]);
  if (put.status === 'rejected') throw put.reason;
  if (read.status === 'fulfilled') return { puts: put.value, contents: read.value };
  // The originals are untouched: the leases must not bring their messages a second time.
  await Promise.all(selections.map(({ delivery, indexes }) => markMoved(service, shard, delivery.key, indexes)));
  throw read.reason;
}

/** Ends the originals of a stored lease, all at once; each condition has one winner. What was lost is marked. */
async function takeOver(
  service: QueueService,
  shard: ShardKey,
  lease: Lease,
): Promise<{ won: number[]; lostCount: number }> {
  const outcomes = await Promise.all(lease.takes.map((take) => takeOverOne(service, shard, take)));
  const won: number[] = [];
  const lost: number[] = [];
  let start = 0;
  for (const [position, take] of lease.takes.entries()) {
    const indexes = take.indexes.map((_, offset) => start + offset);
    if (outcomes[position] === 'done') won.push(...indexes);
    if (outcomes[position] === 'refused') lost.push(...indexes);
    start += indexes.length;
  }
  // Unclear ones stay on the lease: marking them would lose them if the first try had removed the original.
  if (lost.length > 0) await markMoved(service, shard, lease.delivery.key, lost);
  return { won, lostCount: outcomes.filter((outcome) => outcome === 'refused').length };
}

async function takeOverOne(
  service: QueueService,
  shard: ShardKey,
  take: Take,
): Promise<'done' | 'refused' | 'unclear'> {
  const { key, edition } = take.seen;
  const plan = planTakeOver(take);
  if (plan.kind === 'remove') return (await service.shards.tryRemove(shard, key, { edition })).outcome;
  const change = plan.kind === 'advance' ? { first: plan.first } : { moved: take.indexes };
  const marked = await service.shards.tryMark(shard, key, change, { edition });
  if (marked.outcome === 'done' && isFinished(marked.now)) {
    await service.shards.tryRemove(shard, key, { edition: marked.now.edition });
  }
  return marked.outcome;
}

/** What a consumer gets of a lease; the rest of what was won is marked or left for later. */
async function answerLease(service: QueueService, command: ClaimCommand, lease: HeldLease): Promise<ReceivedMessage[]> {
  const { delivery, contents } = lease;
  const consumed = await consumedElsewhere(service, lease);
  if (consumed.length > 0) await markMoved(service, command.shard, delivery.key, consumed);
  const present = lease.won.filter((index) => contents[index] !== 'gone' && !consumed.includes(index));
  const readable = present.filter((index) => contents[index] !== 'damaged');
  const maxReceives = command.queue.settings.deadLetter?.maxReceives ?? Number.POSITIVE_INFINITY;
  const dead = delivery.receiveCount > maxReceives ? present : present.filter((index) => contents[index] === 'damaged');
  const isMoved = dead.length > 0 && (await deadLetter(service, command, { lease: delivery, indexes: dead }));
  // Where the dead-letter queue is missing, consumers go on receiving what can be read.
  const answered = isMoved ? readable.filter((index) => !dead.includes(index)) : readable;
  const leftMs = visibleAtMs(delivery.key) - service.clock.nowMs();
  if (leftMs < Math.min(command.leaseMs / 5, LEASE_LEFT_MS_MIN)) return [];
  return answered.flatMap((index) => {
    const message = contents[index];
    return message === undefined || typeof message === 'string'
      ? []
      : [receivedMessage(command.shard, delivery, index, message)];
  });
}

/**
 * Messages of a lease that were consumed while an older delivery still named them: their block is gone, or block
 * progress names them. A block younger than a minute may only not have arrived yet.
 */
async function consumedElsewhere(service: QueueService, { delivery, won, contents }: HeldLease): Promise<number[]> {
  const nowMs = service.clock.nowMs();
  const progress = delivery.receiveCount > 1 ? await readProgress(service, delivery) : undefined;
  return won.filter((index) => {
    const { part, offset } = locate(delivery, index);
    if (part.kind !== 'block') return false;
    if (contents[index] === 'gone') return nowMs - part.origin.sentAtMs > BLOCK_YOUNG_MS;
    return progress?.get(blockId(part.origin))?.has(part.first + offset) === true;
  });
}

async function readProgress(
  service: QueueService,
  delivery: Delivery,
): Promise<ReadonlyMap<BlockId, ReadonlySet<number>>> {
  const ids = new Set(delivery.parts.flatMap((part) => (part.kind === 'block' ? [blockId(part.origin)] : [])));
  return new Map(await Promise.all([...ids].map(async (id) => [id, await service.ledger.progress(id)] as const)));
}
