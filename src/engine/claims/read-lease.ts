import { allIndexes, type Delivery } from '../../model/delivery.ts';
import type { DeliveryKey } from '../../model/ids.ts';
import type { Lease, Take } from '../../model/lease.ts';
import { type Content, contentsOf, type Sources } from '../deliveries/index.ts';

/** Which messages of a lease to take over, once they are read. */
export type Choose = (lease: Delivery, contents: readonly Content[]) => readonly number[];

/** A lease, its messages, and those of them that it is to take over. */
export interface ReadLease {
  readonly lease: Lease;
  readonly contents: readonly Content[];
  readonly chosen: ReadonlySet<number>;
}

export function readLease(lease: Lease, sources: Sources, choose: Choose | undefined): ReadLease {
  const { delivery } = lease;
  const indexes = allIndexes(delivery);
  const contents = contentsOf({ delivery, indexes }, sources);
  return { lease, contents, chosen: new Set(choose?.(delivery, contents) ?? indexes) };
}

/** Each take of a lease, with the places in the lease of those of its messages that were chosen, and of the others. */
export function* chosenOf({ lease, chosen }: ReadLease): Generator<{ take: Take; places: number[]; others: number[] }> {
  let start = 0;
  for (const take of lease.takes) {
    const all = take.indexes.map((_, offset) => start + offset);
    yield {
      take,
      places: all.filter((place) => chosen.has(place)),
      others: all.filter((place) => !chosen.has(place)),
    };
    start += all.length;
  }
}

/** What is taken over, each for all leases that hold messages of it. */
export function originalsOf(read: readonly ReadLease[]): readonly Pick<Take, 'seen' | 'indexes'>[] {
  const originals = new Map<DeliveryKey, { readonly seen: Delivery; readonly indexes: number[] }>();
  for (const lease of read) {
    let start = 0;
    for (const { take, places } of chosenOf(lease)) {
      const original = originals.get(take.seen.key) ?? { seen: take.seen, indexes: [] };
      for (const place of places) original.indexes.push(take.indexes[place - start] ?? 0);
      if (original.indexes.length > 0) originals.set(take.seen.key, original);
      start += take.indexes.length;
    }
  }
  return [...originals.values()];
}
