import type { EpochMs } from '../../model/brand.ts';
import { type Delivery, newDelivery, type Part, totalReceives } from '../../model/delivery.ts';
import { QueueError } from '../../model/errors.ts';
import {
  type DeliveryKey,
  newDeliveryKey,
  type QueueId,
  type RewindId,
  type ShardKey,
  shardKey,
} from '../../model/ids.ts';
import { contentOf } from '../../model/lease.ts';
import { isPushing } from '../../model/push/index.ts';
import type { Queue } from '../../model/queue.ts';
import type { MarkChange } from '../../ports/shard-store.ts';
import { chooseOpenShard } from '../memory/index.ts';
import type { Moves, Using } from '../service.ts';
import { markRepeatedly, removeIfFinished } from './mark-repeatedly.ts';

export interface Move {
  readonly from: ShardKey;
  /** A lease that this caller alone holds, and the messages of it that go. */
  readonly lease: Delivery;
  readonly indexes: readonly number[];
  /** By its name; with an id, the queue that has both. */
  readonly into: { readonly name: string; readonly id?: QueueId };
  /** How the lease remembers that they went. */
  readonly change: MarkChange;
  /** What brings them into their new queue. */
  readonly carry: { readonly rewoundBy: RewindId } | { readonly deadLetteredFrom: QueueId };
}

/** `busy`: a queue takes no writes for now; `gone`: there is none. In both cases the messages stay on the lease. */
export type MoveOutcome = 'moved' | 'busy' | 'gone';

/**
 * Moves messages of a lease into another queue: puts them there first, then marks them here. Their receive count starts
 * anew for the limit of that queue; the count that consumers see continues.
 *
 * A cached queue may have been deleted, and its messages are then discarded. So the target is read from the catalog
 * before the put, and once more before the mark: messages leave their source only for a queue that exists.
 *
 * @throws QueueError `Throttled`, `Unavailable`: the messages stay on the lease
 * @remarks Cost: two catalog reads; one put and one update for each lease, and its removal when it is finished.
 */
export async function moveMessages(service: Moves, move: Move): Promise<MoveOutcome> {
  const { lease, indexes } = move;
  const into = await livingQueue(service, move.into);
  if (into === undefined) return 'gone';
  const nowMs = service.clock.nowMs();
  const content = contentOf(lease, indexes, service.settings.thresholds.inlineBytesMax);
  const key = newDeliveryKey(nowMs, service.random);
  const parts = content.parts.map((part) => entering(part, { ...move, nowMs }));
  const shard = shardKey(into.id, chooseOpenShard(service, into, service.avoidance.shardsOf(into)));
  const delivery = newDelivery(key, 0, { ...content, parts });
  const [put] = await service.shards.put([{ shard, delivery, wakes: isPushing(into) }]);
  if (put === 'throttled') {
    service.avoidance.noteThrottled(shard);
    return 'busy';
  }
  // Without an answer the copy may be there. Both stay, and the end of the lease brings these back.
  if (put !== 'stored') return 'moved';
  const copy = { shard, key };
  if (!(await hasKept(service, into, copy))) return 'gone';
  const marked = await markRepeatedly(service, move.from, lease.key, { change: move.change, condition: {} });
  if (marked.outcome === 'done') await removeIfFinished(service, move.from, marked.now);
  // Surely not marked: the messages would come to both queues.
  if (marked.outcome === 'throttled' && (await hasTakenBack(service, copy))) return 'busy';
  return 'moved';
}

interface Copy {
  readonly shard: ShardKey;
  readonly key: DeliveryKey;
}

async function livingQueue(service: Using<'routes'>, { name, id }: Move['into']): Promise<Queue | undefined> {
  try {
    const { queue } = await service.routes.refresh(name);
    return id === undefined || queue.id === id ? queue : undefined;
  } catch (error) {
    if (error instanceof QueueError && error.code === 'QueueNotFound') return undefined;
    throw error;
  }
}

/** Whether the queue still existed when it got the copy. If not, or if that is unknown, the copy is removed. */
async function hasKept(service: Using<'routes' | 'shards'>, into: Queue, copy: Copy): Promise<boolean> {
  let isKept = false;
  try {
    isKept = (await livingQueue(service, into)) !== undefined;
  } finally {
    if (!isKept) await hasTakenBack(service, copy);
  }
  return isKept;
}

/** Removes a copy, unless a consumer has it by now. */
async function hasTakenBack({ shards }: Using<'shards'>, { shard, key }: Copy): Promise<boolean> {
  return (await shards.tryRemove(shard, key, { edition: 0 })).outcome === 'done';
}

/** In its new queue a message counts from now on. The claim that moves it is no receive of a consumer. */
function entering(
  part: Part,
  { nowMs, lease, carry }: Pick<Move, 'lease' | 'carry'> & { readonly nowMs: EpochMs },
): Part {
  const { firstReceivedAtMs: _, deadLetteredFrom: _home, receivedBefore: _before, ...moved } = part;
  const received = totalReceives(lease, part) - 1;
  const kept = received > 0 ? { ...moved, receivedBefore: received } : moved;
  // An archived message stays with the hold of the rewind that brought it back.
  if (kept.kind === 'archive') return { ...kept, ...carry, rewoundBy: kept.rewoundBy, enteredAtMs: nowMs };
  const { rewoundBy: _rewound, ...stored } = kept;
  return { ...stored, ...carry, enteredAtMs: nowMs };
}
