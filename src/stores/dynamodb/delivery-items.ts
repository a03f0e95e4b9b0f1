import type { EpochMs } from '../../model/brand.ts';
import { DecodeError } from '../../model/bytes.ts';
import type { Delivery, Forward } from '../../model/delivery.ts';
import { DELIVERY_KEY_LENGTH, type DeliveryKey, numberOf, numberText, type ShardKey } from '../../model/ids.ts';
import { decodeParts, encodeParts } from '../../model/part-codec.ts';
import { bytesAt, type Item, numberAt, numbersAt, present, textAt, type Value } from './items.ts';
import { BLOCK_SORT_KEY, DELIVERY, PARTITION_KEY, SORT_KEY } from './keys.ts';

export const deliveryItemKey = (shard: ShardKey, key: DeliveryKey): Item => ({
  [PARTITION_KEY]: shard,
  [SORT_KEY]: key,
});

export const isDeliveryItem = (item: Item): boolean => item[SORT_KEY] !== BLOCK_SORT_KEY;
export const shardOfItem = (item: Item): ShardKey => present(textAt(item, PARTITION_KEY), PARTITION_KEY) as ShardKey;
export const keyOfItem = (item: Item): DeliveryKey => present(textAt(item, SORT_KEY), SORT_KEY) as DeliveryKey;

/** Costs about 60 bytes for a delivery that refers to a block; 55 and the payload for one with its messages inline. */
export function encodeDelivery(shard: ShardKey, delivery: Delivery): Item {
  const item: Record<string, Value> = { ...deliveryItemKey(shard, delivery.key) };
  if (delivery.receiveCount > 0) item[DELIVERY.receiveCount] = delivery.receiveCount;
  if (delivery.first > 0) item[DELIVERY.first] = delivery.first;
  if (delivery.parts.length > 0) item[DELIVERY.parts] = encodeParts(delivery.parts);
  if (delivery.payload !== undefined) item[DELIVERY.payload] = delivery.payload;
  if (delivery.edition > 0) item[DELIVERY.edition] = delivery.edition;
  if (delivery.leasedUntilMs !== undefined) item[DELIVERY.leasedUntil] = delivery.leasedUntilMs;
  for (const name of NUMBER_SETS) if (delivery[name].size > 0) item[DELIVERY[name]] = delivery[name];
  for (const [index, to] of delivery.forward) item[DELIVERY.forward + index] = encodeForward(to);
  return item;
}

/** The marks that are number sets: their fields in a delivery and in a change of marks, and their names in an item. */
export const NUMBER_SETS = ['acked', 'moved', 'deadLettered', 'purged', 'withdrawn', 'redriven'] as const;

/** @throws DecodeError when the item is damaged or is no delivery. */
export function decodeDelivery(item: Item): Delivery {
  const parts = bytesAt(item, DELIVERY.parts);
  const payload = bytesAt(item, DELIVERY.payload);
  const leasedUntilMs = numberAt(item, DELIVERY.leasedUntil);
  return {
    key: keyOfItem(item),
    receiveCount: numberAt(item, DELIVERY.receiveCount) ?? 0,
    first: numberAt(item, DELIVERY.first) ?? 0,
    parts: parts === undefined ? [] : decodeParts(parts),
    ...(payload === undefined ? {} : { payload }),
    edition: numberAt(item, DELIVERY.edition) ?? 0,
    ...(leasedUntilMs === undefined ? {} : { leasedUntilMs: leasedUntilMs as EpochMs }),
    acked: numbersAt(item, DELIVERY.acked),
    moved: numbersAt(item, DELIVERY.moved),
    deadLettered: numbersAt(item, DELIVERY.deadLettered),
    purged: numbersAt(item, DELIVERY.purged),
    withdrawn: numbersAt(item, DELIVERY.withdrawn),
    redriven: numbersAt(item, DELIVERY.redriven),
    forward: forwardsIn(item),
  };
}

/** Where messages went, each in its own attribute of a delivery or of a redirect in the ledger. */
export function forwardsIn(item: Item): Map<number, Forward> {
  const forwards = new Map<number, Forward>();
  for (const name of Object.keys(item)) {
    if (!name.startsWith(DELIVERY.forward)) continue;
    forwards.set(Number(name.slice(DELIVERY.forward.length)), decodeForward(present(textAt(item, name), name)));
  }
  return forwards;
}

/** A key and a small number as text; stored in the item that the message left. */
export const encodeForward = (to: Forward): string => to.key + numberText(to.index);

function decodeForward(text: string): Forward {
  const index = numberOf(text.slice(DELIVERY_KEY_LENGTH));
  if (text.length <= DELIVERY_KEY_LENGTH || Number.isNaN(index)) throw new DecodeError(`"${text}" is no forward`);
  return { key: text.slice(0, DELIVERY_KEY_LENGTH) as DeliveryKey, index };
}
