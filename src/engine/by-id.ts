import { messageCount } from '../model/delivery.ts';
import { QueueError } from '../model/errors.ts';
import { encodeReceipt } from '../model/receipt.ts';
import { changeVisibility } from './change-visibility.ts';
import { removeIfFinished } from './deliveries/index.ts';
import { findMessage, type Searched } from './look/index.ts';
import type { Steering } from './service.ts';

/** A message, for a person who steers a queue: a program has receipts. */
export interface ByIdCommand {
  readonly queue: string;
  readonly id: string;
}

/** Tries to delete a message that consumers move between the look and the mark. */
const TRIES_MAX = 4;
const MOVED = new QueueError('Conflict', 'consumers move the message at this moment; repeat the call');

/**
 * Deletes a message by its id, whether it is ready, delayed or in flight; nothing happens to a deleted one. A consumer
 * that holds it may still work on it, and then deletes it without effect.
 *
 * @returns how far the search got, if the message was not found
 * @throws QueueError `QueueNotFound`, `Throttled`, `Unavailable`; `Conflict` for a damaged message, and while consumers
 * move it
 * @remarks Cost: see `findMessage`; one update, and one removal with the last message of its delivery.
 */
export async function deleteById(service: Steering, command: ByIdCommand): Promise<Searched | undefined> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const found = await findMessage(service, command);
    if ('searched' in found) return found.searched;
    const { holder, message } = found;
    if (message.state === 'damaged') throw new QueueError('Conflict', 'the message is damaged and stays set aside');
    if (holder === undefined) return undefined;
    const { shard, delivery, index } = holder;
    // The edition, because a claim may have taken the message over since: then it lives on a lease.
    const marked = await service.shards.tryMark(shard, delivery.key, { acked: [index] }, { edition: delivery.edition });
    if (marked.outcome === 'throttled') throw new QueueError('Throttled', 'the store is at its limit; repeat the call');
    if (marked.outcome === 'unclear') throw new QueueError('Unavailable', 'the store did not answer; repeat the call');
    if (marked.outcome === 'done') return await removeIfFinished(service, shard, marked.now).then(() => undefined);
  }
  throw MOVED;
}

/**
 * Changes when a message in flight becomes visible again: at once with 0, which ends its lease. The receipt of its
 * consumer stays valid, so that a late delete still counts.
 *
 * @param visibilityMs - from now on; 0 to 43,200,000
 * @returns how far the search got, if the message was not found
 * @throws QueueError `QueueNotFound`, `Throttled`, `Unavailable`; `Conflict` unless it is in flight
 * @remarks Cost: see `findMessage` and `changeVisibility`
 */
export async function changeVisibilityById(
  service: Steering,
  { visibilityMs, ...command }: ByIdCommand & { readonly visibilityMs: number },
): Promise<Searched | undefined> {
  const found = await findMessage(service, command);
  if ('searched' in found) return found.searched;
  const { holder, message } = found;
  if (holder === undefined || message.state !== 'inFlight') {
    throw new QueueError('Conflict', `the message is ${message.state}: only the lease of one in flight can change`);
  }
  const { shard, delivery, index } = holder;
  const receipt = encodeReceipt({ shard, key: delivery.key, index, count: messageCount(delivery) });
  const [outcome] = await changeVisibility(service, { queue: command.queue, entries: [{ receipt, visibilityMs }] });
  if (outcome === 'throttled') throw new QueueError('Throttled', 'the store is at its limit; repeat the call');
  if (outcome === 'unavailable') throw new QueueError('Unavailable', 'the store did not answer; repeat the call');
  if (outcome !== 'done') throw MOVED;
  return undefined;
}
