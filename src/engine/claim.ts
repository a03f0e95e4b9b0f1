import type { EpochMs } from '../model/brand.ts';
import { allIndexes, type Delivery, dueAtMs, locate, messageCount, visitLocated } from '../model/delivery.ts';
import { LEASE_LEFT_MS_MIN } from '../model/limits.ts';
import { expiredTo, type Queue } from '../model/queue.ts';
import {
  claimLeases,
  consumedElsewhere,
  deadLetter,
  type HeldLease,
  isYoung,
  type LeaseCommand,
  refuseIfTroubled,
} from './claims/index.ts';
import {
  type AnswerRoom,
  type Content,
  markMoved,
  type ReceivedMessage,
  receivedMessage,
  setAside,
} from './deliveries/index.ts';
import type { Claiming, Using } from './service.ts';

export interface ClaimCommand extends Omit<LeaseCommand, 'expiredToMs' | 'choose'> {
  readonly queue: Queue;
  readonly room: AnswerRoom;
}

export interface Claimed {
  readonly messages: readonly ReceivedMessage[];
  /** Messages that it tried to take over. If they are fewer than wanted, no other message is due and free. */
  readonly takenCount: number;
  /** Other consumers won some of them. */
  readonly isContested: boolean;
  /** When the oldest of them became due; `undefined` when it met none. */
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
 * Fewer messages than wanted are normal. A message that another consumer takes is not waited for. A message that does
 * not fit the answer stays where it is, with its receive count. After an unclear answer of the store a message stays on
 * the lease, is not answered, and comes back when the lease ends.
 *
 * @throws QueueError `Throttled`, `Unavailable`, as when nothing is answered because something stayed unclear; nothing
 * is lost then, only perhaps leased
 * @remarks Cost: one query, one put for each kilobyte of leases, one conditional write for each delivery taken over;
 * one update for each lease that lost a race.
 */
export async function claim(service: Claiming, command: ClaimCommand): Promise<Claimed> {
  const { queue, ...lease } = command;
  const expiredToMs = expiredTo(queue.settings, service.clock.nowMs());
  const choose = (delivery: Delivery, contents: readonly Content[]) => answerable(service, command, delivery, contents);
  const held = await claimLeases(service, { ...lease, expiredToMs, choose }); // steps 1 to 4
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

/**
 * The messages of a lease that a claim takes over: those that it can answer, and those that are over their limit, for
 * the dead-letter queue. All others keep their receive count: messages without room in the answer, messages that were
 * read too late, and, in a queue with dead letters, messages whose block has not arrived yet.
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

/** Whether too little of the lease is left for a consumer. */
const isTooLate = ({ clock }: Using<'clock'>, lease: Delivery, leaseMs: number): boolean =>
  dueAtMs(lease) - clock.nowMs() < Math.min(leaseMs / 5, LEASE_LEFT_MS_MIN);

/** The messages of a lease that the consumer gets. The others are marked, or left until the lease ends. */
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
    // Without a dead-letter queue consumers still receive the messages that can be read and fit.
    if (isOver && !command.room.tryAdd(message)) return;
    messages.push(receivedMessage(holder, index, { part, offset }, message));
  });
  return messages;
}

const NONE: readonly number[] = [];
