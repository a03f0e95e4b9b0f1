import type { EpochMs } from '../model/brand.ts';
import { allIndexes, type Delivery, locate, messageCount, type Part, visitLocated } from '../model/delivery.ts';
import { QueueError } from '../model/errors.ts';
import { blockId, visibleAtMs } from '../model/ids.ts';
import { BLOCK_YOUNG_MS, LEASE_LEFT_MS_MIN } from '../model/limits.ts';
import type { Queue } from '../model/queue.ts';
import { claimLeases, deadLetter, type HeldLease, type LeaseCommand } from './claims/index.ts';
import {
  type AnswerRoom,
  type Content,
  markMoved,
  type ReceivedMessage,
  receivedMessage,
  setAside,
} from './deliveries/index.ts';
import type { Claiming, Using } from './service.ts';

export interface ClaimCommand extends Omit<LeaseCommand, 'retentionMs' | 'choose'> {
  readonly queue: Queue;
  readonly room: AnswerRoom;
}

export interface Claimed {
  readonly messages: readonly ReceivedMessage[];
  /** Messages it tried to take over; fewer than wanted: the shard has no more that are due and free. */
  readonly takenCount: number;
  /** Some of them went to others. */
  readonly isContested: boolean;
  /** Since when the oldest of what it tried to take over had been due; `undefined`: it met nothing. */
  readonly dueAtMs: EpochMs | undefined;
}

/**
 * Claims messages due in one shard: leased deliveries take them over. Step 2 of the road.
 *
 * - reads: due deliveries of one shard, their blocks
 * - puts, then removes or marks: puts one leased delivery at *now + timeout*; then removes, or marks `moved` on,
 *   those it took over
 * - when it goes wrong: race lost: marked on the lease; consumer died: due again by itself
 *
 * Fewer messages than wanted are normal: what another consumer takes is left to it, never waited for, and what the
 * answer has no room for stays where it is, with its receive count. What a storage
 * answer left unclear stays on the lease unanswered, and comes back when its time has come.
 *
 * @throws QueueError `Throttled`, `Unavailable`, as when nothing is answered because something stayed unclear; nothing
 * is lost then, only perhaps leased
 * @remarks Cost: one query, one put for each kilobyte of leases, one conditional write for each delivery taken over;
 * one update for each lease that lost a race.
 */
export async function claim(service: Claiming, command: ClaimCommand): Promise<Claimed> {
  const { queue, ...lease } = command;
  const { retentionMs } = queue.settings;
  const choose = (delivery: Delivery, contents: readonly Content[]) => answerable(service, command, delivery, contents);
  const held = await claimLeases(service, { ...lease, retentionMs, choose }); // steps 1 to 4
  const answers = await Promise.all(held.map((lease) => answerLease(service, command, lease))); // step 5
  const messages = answers.length === 1 ? (answers[0] ?? []) : answers.flat();
  if (messages.length === 0) refuseIfTroubled(held);
  const count = (of: (lease: HeldLease) => number) => held.reduce((sum, lease) => sum + of(lease), 0);
  const takenCount = count((one) => one.takenCount);
  const isContested = count(({ won }) => won.length) < takenCount;
  return { messages, takenCount, isContested, dueAtMs: oldestOf(held) };
}

const oldestOf = (held: readonly HeldLease[]): EpochMs | undefined =>
  held.length === 0 ? undefined : (Math.min(...held.map(({ dueAtMs }) => dueAtMs)) as EpochMs);

/** Nothing was won: whoever says so must not leave it at that where it was for the store's sake. */
function refuseIfTroubled(held: readonly HeldLease[]): void {
  const isMet = (trouble: HeldLease['trouble']) => held.some((lease) => lease.trouble === trouble);
  if (isMet('unclear'))
    throw new QueueError('Unavailable', 'the store did not answer; what was met comes back when its lease ends');
  if (isMet('throttled')) throw new QueueError('Throttled', 'the store is at its limit; try again');
}

/**
 * What a claim is to take over of a lease: what it can answer. All else keeps its receive count, which says how often
 * somebody received it: what has no room, what is read too late, and, where it makes dead letters, what has no block
 * yet. Messages that are over their limit are taken for the dead-letter queue.
 */
function answerable(
  service: Using<'clock'>,
  { queue, room, leaseMs }: ClaimCommand,
  lease: Delivery,
  contents: readonly Content[],
): readonly number[] {
  if (isTooLate(service, lease, leaseMs)) return NONE;
  const maxReceives = maxReceivesOf(queue);
  if (lease.receiveCount > maxReceives) return allIndexes(lease);
  return allIndexes(lease).filter((index) => {
    const content = contents[index];
    if (typeof content === 'object') return room.tryAdd(content);
    return !(
      maxReceives < Number.POSITIVE_INFINITY &&
      content === 'gone' &&
      isYoung(locate(lease, index).part, service.clock.nowMs())
    );
  });
}

const maxReceivesOf = ({ settings }: Queue): number => settings.deadLetter?.maxReceives ?? Number.POSITIVE_INFINITY;

/** A message as answered has some time left for its consumer. */
const isTooLate = ({ clock }: Using<'clock'>, lease: Delivery, leaseMs: number): boolean =>
  visibleAtMs(lease.key) - clock.nowMs() < Math.min(leaseMs / 5, LEASE_LEFT_MS_MIN);

/** A block may arrive after the delivery that names it. */
const isYoung = (part: Part, readAtMs: EpochMs): boolean =>
  part.kind === 'block' && readAtMs - part.origin.sentAtMs <= BLOCK_YOUNG_MS;

/** What a consumer gets of a lease; the rest of what was won is marked or left for later. */
async function answerLease(service: Claiming, command: ClaimCommand, lease: HeldLease): Promise<ReceivedMessage[]> {
  const { delivery, contents } = lease;
  const isGone = contents.includes('gone');
  const consumed = isGone || delivery.receiveCount > 1 ? consumedElsewhere(lease) : NONE;
  if (consumed.length > 0) await markMoved(service, command.shard, delivery.key, consumed);
  const present =
    isGone || consumed.length > 0
      ? lease.won.filter((index) => contents[index] !== 'gone' && !consumed.includes(index))
      : lease.won;
  const isOver = delivery.receiveCount > maxReceivesOf(command.queue);
  const damaged = present.filter((index) => contents[index] === 'damaged');
  if (damaged.length > 0) await setAside(service, command.shard, { lease: delivery, indexes: damaged });
  const dead = isOver ? present.filter((index) => contents[index] !== 'damaged') : [];
  const isDead = dead.length > 0 && (await deadLetter(service, command, { lease: delivery, indexes: dead }));
  const messages: ReceivedMessage[] = [];
  if (isTooLate(service, delivery, command.leaseMs) || (isOver && isDead)) return messages;
  const holder = { shard: command.shard, lease: delivery, count: messageCount(delivery) };
  visitLocated(delivery, present, (index, part, offset) => {
    const message = contents[index];
    if (typeof message !== 'object') return;
    // Where the dead-letter queue is missing, consumers go on receiving what can be read and has room.
    if (isOver && !command.room.tryAdd(message)) return;
    messages.push(receivedMessage(holder, index, { part, offset }, message));
  });
  return messages;
}

const NONE: readonly number[] = [];

/**
 * Messages of a lease that were consumed while an older delivery still named them: their block is gone, or block
 * progress names them. A block younger than a minute may only not have arrived yet.
 */
function consumedElsewhere({ delivery, won, contents, progress, readAtMs }: HeldLease): number[] {
  return won.filter((index) => {
    const { part, offset } = locate(delivery, index);
    if (part.kind !== 'block') return false;
    if (contents[index] === 'gone') return !isYoung(part, readAtMs);
    return progress.get(blockId(part.origin))?.has(part.first + offset) === true;
  });
}
