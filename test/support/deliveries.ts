import { type Block, type OffloadedBlock, type PackedBlock } from '../../src/model/block.ts';
import {
  type ArchivePart,
  type BlockPart,
  type Delivery,
  type InlinePart,
  newDelivery,
} from '../../src/model/delivery.ts';
import { blockId, type DeliveryKey, type QueueId, type RewindId, type ShardKey } from '../../src/model/ids.ts';
import type { Placement } from '../../src/ports/shard-store.ts';
import { at, freshKey, freshOrigin, freshText } from './ids.ts';

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A delivery without a lease, with `count` messages in its own payload. */
export function inlineDelivery(key: DeliveryKey, count = 1, payload = bytes('packed')): Delivery {
  const part: InlinePart = { kind: 'inline', origin: freshOrigin(), first: 0, count };
  return newDelivery(key, 0, { parts: [part], payload });
}

/** A delivery that was leased once, with `count` messages of a block. */
export function leasedDelivery(key: DeliveryKey, count = 10): Delivery {
  const part: BlockPart = { kind: 'block', origin: freshOrigin(), first: 0, count, blockCount: count, blockBytes: 900 };
  return newDelivery(key, 1, { parts: [part] });
}

/** A delivery from a rewind: it refers to a whole slice of the archive. */
export function rewoundDelivery(key: DeliveryKey, count: number): Delivery {
  const slice = {
    queueId: 'queue' as QueueId,
    object: 'archive/forever/0472222/1',
    number: 0,
    offset: 100,
    length: 900,
  };
  const part: ArchivePart = {
    kind: 'archive',
    slice: { ...slice, messageCount: count, contentBytes: 4_000 },
    rewoundBy: 'rewind-one' as RewindId,
    enteredAtMs: at(5),
    first: 0,
    count,
  };
  return newDelivery(key, 0, { parts: [part] });
}

/** A delivery with every field that a delivery can have. */
export function fullDelivery(key: DeliveryKey): Delivery {
  const times = { enteredAtMs: at(5), firstReceivedAtMs: at(70_000), rewoundBy: 'rewind-one' as RewindId };
  const delayed = { ...freshOrigin(1), visibleAtMs: at(90_000) };
  return {
    key,
    receiveCount: 3,
    first: 2,
    parts: [
      { kind: 'inline', origin: freshOrigin(), first: 0, count: 1 },
      { kind: 'block', origin: delayed, first: 7, count: 40, blockCount: 100, blockBytes: 123_456, ...times },
      { kind: 'inline', origin: freshOrigin(), first: 3, count: 2, firstReceivedAtMs: at(1) },
      { kind: 'block', origin: freshOrigin(), first: 0, count: 5, blockCount: 5, blockBytes: 0, isOffloaded: true },
    ],
    payload: Uint8Array.from({ length: 256 }, (_, value) => value),
    edition: 300,
    acked: new Set([2, 40]),
    moved: new Set([3, 4, 47]),
    deadLettered: new Set([3]),
    purged: new Set([4]),
    withdrawn: new Set([4]),
    redriven: new Set([47]),
    forward: new Map([
      [3, { key: freshKey(1), index: 0 }],
      [47, { key: freshKey(2), index: 99 }],
    ]),
  };
}

/** A block of a few bytes and the delivery that refers to it. */
export function blockPlacement(shard: ShardKey, key: DeliveryKey): Placement & { readonly block: PackedBlock } {
  const origin = freshOrigin();
  const part: BlockPart = { kind: 'block', origin, first: 0, count: 10, blockCount: 10, blockBytes: 400 };
  const block = { id: blockId(origin), messageCount: 10, payload: bytes(`block ${freshText(8)}`) };
  return { shard, delivery: newDelivery(key, 0, { parts: [part] }), block };
}

export const packedBlock = (payload = bytes('packed')): PackedBlock => ({
  id: blockId(freshOrigin()),
  messageCount: 10,
  payload,
});

export const offloadedBlock = (): OffloadedBlock => ({
  id: blockId(freshOrigin()),
  messageCount: 100,
  frames: [
    { messageCount: 60, bytes: 1_048_576 },
    { messageCount: 1, bytes: 1 },
    { messageCount: 39, bytes: 70_000 },
  ],
});

/** A block with a delivery of the shard: no step puts a block alone. */
export const placementOf = (shard: ShardKey, block: Block): Placement => ({
  shard,
  delivery: inlineDelivery(freshKey(0)),
  block,
});
