import { type Block, payloadObjectName } from '../model/block.ts';
import type { EpochMs } from '../model/brand.ts';
import { newDelivery, type Part } from '../model/delivery.ts';
import { QueueError } from '../model/errors.ts';
import {
  blockId,
  cellOfKey,
  deliveryKey,
  type MessageId,
  newDeliveryId,
  type Origin,
  type ShardId,
  type ShardKey,
  shardKey,
} from '../model/ids.ts';
import { REQUEST_MS_MAX } from '../model/limits.ts';
import type { NewMessage } from '../model/message.ts';
import { messageId } from '../model/message-id.ts';
import { isPushing } from '../model/push/index.ts';
import { type Batch, planBatches } from '../model/sending.ts';
import type { Placement, PutOutcome } from '../ports/shard-store.ts';
import { chooseOpenShard, type HeldQueue } from './memory/index.ts';
import type { Sending, Using } from './service.ts';

export interface SendCommand {
  readonly queue: string;
  /** 1 to 1,000. */
  readonly messages: readonly NewMessage[];
}

/** An entry's id, or why it was not stored. */
export type SendOutcome = { readonly id: MessageId } | { readonly error: QueueError };

/** The last try begins within this. It may take as long again, and is answered before a gateway gives up at 30 s. */
export const SEND_TRYING_MS_MAX = 15_000;
/** The first pause, in milliseconds; each further one doubles. */
const SEND_PAUSE_MS = 50;
/** The longest pause, in milliseconds: the caller waits for it. */
export const SEND_PAUSE_MS_MAX = 1_000;
/** The longest pause before a send goes to another shard, in milliseconds; `attempt` counts from 0. */
export const retryPauseMsMax = (attempt: number): number => Math.min(SEND_PAUSE_MS * 2 ** attempt, SEND_PAUSE_MS_MAX);

/**
 * Stores messages and makes each visible at its time. Step 1 of the road.
 *
 * - reads: route
 * - puts, then removes or marks: puts a block and a delivery at *now* (+ delay), or the delivery alone
 * - when it goes wrong: throttled: another shard at once; crash: not acknowledged, the producer repeats
 *
 * All or none is not promised: a message that could not be stored within 15 s, and whose last try fails,
 * has an error in its place. One that the store gave no answer for may yet appear.
 *
 * @throws QueueError `QueueNotFound`, `DiskFull`
 * @remarks Cost, for each 100 messages and each delay: one unit if they pack into 900 bytes, else one and the block's
 * kilobytes, above 16 KB two units and an object.
 */
export async function send(service: Sending, command: SendCommand): Promise<SendOutcome[]> {
  const shortage = service.room?.shortage;
  if (shortage !== undefined) throw new QueueError('DiskFull', shortage);
  const startMs = service.clock.nowMs();
  let held = await service.routes.get(command.queue);
  const outcomes = new Array<SendOutcome>(command.messages.length);
  let batches: readonly Batch[] = planBatches(command.messages, held.queue.settings.delayMs, {
    nowMs: startMs,
    thresholds: service.settings.thresholds,
  });
  const throttled = new Set<ShardId>();
  for (let attempt = 0; ; attempt++) {
    if (!service.routes.isUsable(held)) held = await service.routes.refresh(command.queue);
    const isLastTry = service.clock.nowMs() - startMs > SEND_TRYING_MS_MAX - SEND_PAUSE_MS_MAX;
    const avoided = new Set([...service.avoidance.shardsOf(held.queue), ...throttled]);
    const shard = chooseOpenShard(service, held.queue, avoided);
    const placed = await placeBatches(service, batches, { held, shard, sentAtMs: startMs });
    noteTrouble(service, shardKey(held.queue.id, shard), placed);
    await removePayloads(service, placed);
    const isAgain = (outcome: PutOutcome) => outcome === 'throttled' && !isLastTry;
    for (const one of placed) if (!isAgain(one.outcome)) answer(outcomes, one);
    batches = placed.filter((one) => isAgain(one.outcome)).map((one) => one.batch);
    if (batches.length === 0) {
      service.load.addToQueue(held.queue.id, { messages: command.messages.length });
      return outcomes;
    }
    throttled.add(shard);
    await service.clock.sleep(retryPauseMsMax(attempt) * service.random.next());
  }
}

/**
 * Removes the objects of batches that were certainly not stored: another try makes another block. The repair job finds
 * an object that stays because this fails or the process dies.
 */
async function removePayloads(service: Using<'objects'>, placed: readonly Placed[]): Promise<void> {
  const left = placed.filter(({ batch, outcome }) => batch.payload.kind === 'object' && outcome === 'throttled');
  await Promise.allSettled(left.map(({ origin }) => service.objects.remove(payloadObjectName(blockId(origin)))));
}

/** Lets the next send of this process choose another shard at once. */
function noteTrouble(service: Using<'avoidance'>, shard: ShardKey, placed: readonly Placed[]): void {
  if (placed.some(({ outcome }) => outcome === 'throttled')) service.avoidance.noteThrottled(shard);
  if (placed.some(({ outcome }) => outcome === 'unclear')) service.avoidance.noteSilent(cellOfKey(shard));
}

interface Target {
  readonly held: HeldQueue;
  readonly shard: ShardId;
  readonly sentAtMs: EpochMs;
}

interface Placed {
  readonly batch: Batch;
  readonly origin: Origin;
  readonly outcome: PutOutcome;
}

/** Puts each batch into the shard: objects first, then blocks and deliveries in one batch write. */
async function placeBatches(service: Sending, batches: readonly Batch[], target: Target): Promise<Placed[]> {
  const planned = batches.map((batch) => {
    const id = newDeliveryId(service.random);
    const origin: Origin = { shardId: target.shard, id, sentAtMs: target.sentAtMs, visibleAtMs: batch.visibleAtMs };
    return { batch, origin, placement: placementOf(batch, origin, target) };
  });
  const stored = planned.some(({ batch }) => batch.payload.kind === 'object')
    ? await withObjects(service, planned)
    : planned;
  const ready = stored.filter(() => isTimely(service, target));
  const puts = ready.length === 0 ? [] : await service.shards.put(ready.map(({ placement }) => placement));
  const outcomeOf = new Map(ready.map(({ batch }, index) => [batch, puts[index] ?? 'unclear']));
  return planned.map(({ batch, origin }) => ({ batch, origin, outcome: outcomeOf.get(batch) ?? 'throttled' }));
}

/**
 * Checked right before each put. An old route could name a shard that is no longer looked at. After a long send, claims
 * would take a block that is about to arrive for a consumed one.
 */
const isTimely = (service: Using<'clock' | 'routes'>, { held, sentAtMs }: Target): boolean =>
  service.routes.isUsable(held) && service.clock.nowMs() - sentAtMs <= REQUEST_MS_MAX;

function placementOf(batch: Batch, origin: Origin, target: Target): Placement {
  const { payload } = batch;
  const count = batch.positions.length;
  const slice = { origin, first: 0, count };
  const part: Part =
    payload.kind === 'inline'
      ? { kind: 'inline', ...slice }
      : {
          kind: 'block',
          ...slice,
          blockCount: count,
          blockBytes: batch.bytes,
          ...(payload.kind === 'object' ? { isOffloaded: true } : {}),
        };
  const content = payload.kind === 'inline' ? { parts: [part], payload: payload.packed } : { parts: [part] };
  const delivery = newDelivery(deliveryKey(batch.visibleAtMs, origin.id), 0, content);
  const block = blockOf(batch, origin);
  const shard = shardKey(target.held.queue.id, target.shard);
  const wakes = isPushing(target.held.queue);
  return block === undefined ? { shard, delivery, wakes } : { shard, delivery, wakes, block };
}

function blockOf({ payload, positions }: Batch, origin: Origin): Block | undefined {
  const head = { id: blockId(origin), messageCount: positions.length };
  if (payload.kind === 'block') return { ...head, payload: payload.packed };
  if (payload.kind === 'object') return { ...head, frames: payload.frames };
  return undefined;
}

/** Stores the objects there are; returns those that need none, or have theirs now. */
async function withObjects<One extends Pick<Placed, 'batch' | 'origin'>>(
  service: Using<'objects'>,
  planned: readonly One[],
): Promise<One[]> {
  const hasObject = await Promise.all(planned.map(({ batch, origin }) => tryPutObject(service, batch, origin)));
  return planned.filter((_, index) => hasObject[index] === true);
}

/** Stores the payload that is too large for an item. The repair job finds an object without a block. */
async function tryPutObject(service: Using<'objects'>, { payload }: Batch, origin: Origin): Promise<boolean> {
  if (payload.kind !== 'object') return true;
  try {
    await service.objects.putIfAbsent(payloadObjectName(blockId(origin)), payload.packed);
    return true;
  } catch (error) {
    if (error instanceof QueueError) return false;
    throw error;
  }
}

function answer(outcomes: SendOutcome[], { batch, origin, outcome }: Placed): void {
  for (const [offset, position] of batch.positions.entries()) {
    outcomes[position] = outcome === 'stored' ? { id: messageId(origin, offset) } : { error: refusalOf(outcome) };
  }
}

const refusalOf = (outcome: PutOutcome): QueueError =>
  outcome === 'throttled'
    ? new QueueError('Throttled', 'the message was not stored: the store takes no more for now; send it again')
    : new QueueError('Unavailable', 'the store did not answer: the message may or may not be there; send it again');
