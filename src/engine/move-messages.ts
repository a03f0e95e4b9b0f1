import type { EpochMs } from '../model/brand.ts';
import { type Delivery, newDelivery, type Part } from '../model/delivery.ts';
import {
  DELIVERY_ID_LENGTH,
  type DeliveryId,
  deliveryKey,
  type QueueId,
  type RewindId,
  type ShardKey,
  shardKey,
} from '../model/ids.ts';
import { contentOf } from '../model/lease.ts';
import type { Queue } from '../model/queue.ts';
import type { MarkChange } from '../ports/shard-store.ts';
import { markRepeatedly, removeIfFinished } from './marking.ts';
import { chooseOpenShard } from './open-shard.ts';
import type { QueueService } from './service.ts';

export interface Move {
  readonly from: ShardKey;
  /** A lease that this caller alone holds, and the messages of it that go. */
  readonly lease: Delivery;
  readonly indexes: readonly number[];
  readonly into: Queue;
  /** How the lease remembers that they went. */
  readonly change: MarkChange;
  /** What brings them into their new queue. */
  readonly carry: { readonly rewoundBy: RewindId } | { readonly deadLetteredFrom: QueueId };
}

/**
 * Moves messages of a lease into another queue: put there first, with receive count 0, then marked here.
 *
 * @returns false when the other queue takes none for now: they stay on the lease
 * @remarks Cost: one put and one update for each lease, and its removal when it is finished.
 */
export async function moveMessages(service: QueueService, move: Move): Promise<boolean> {
  const { lease, indexes, into } = move;
  const nowMs = service.clock.nowMs();
  const content = contentOf(lease, indexes, service.settings.thresholds.inlineBytesMax);
  const key = deliveryKey(nowMs, service.random.text(DELIVERY_ID_LENGTH) as DeliveryId);
  const parts = content.parts.map((part) => entering(part, nowMs, move.carry));
  const shard = shardKey(into.id, chooseOpenShard(service, into, service.avoidance.shardsOf(into)));
  const [put] = await service.shards.put([{ shard, delivery: newDelivery(key, 0, { ...content, parts }) }]);
  if (put === 'throttled') {
    service.avoidance.noteThrottled(shard);
    return false;
  }
  // No answer: the copy may be there. Both stay; the lease's time brings these back.
  if (put !== 'stored') return true;
  const marked = await markRepeatedly(service, move.from, lease.key, { change: move.change, condition: {} });
  if (marked.outcome === 'done') await removeIfFinished(service, move.from, marked.now);
  return true;
}

/** In its new queue a message counts from now on, and was received by nobody. */
function entering(part: Part, nowMs: EpochMs, carry: Move['carry']): Part {
  const { firstReceivedAtMs: _, deadLetteredFrom: _home, ...kept } = part;
  // An archived message stays with the hold of the rewind that brought it back.
  if (kept.kind === 'archive') return { ...kept, ...carry, rewoundBy: kept.rewoundBy, enteredAtMs: nowMs };
  const { rewoundBy: _before, ...stored } = kept;
  return { ...stored, ...carry, enteredAtMs: nowMs };
}
