import type { EpochMs } from '../../model/brand.ts';
import { type Change, sequence } from '../../model/change.ts';
import { type Delivery, isUnmarked } from '../../model/delivery.ts';
import type { DeliveryKey, ShardKey } from '../../model/ids.ts';
import { type LeaseInPlace, leasedInPlace } from '../../model/lease.ts';
import { marked, meets } from '../../ports/mark-rules.ts';
import type { Condition, ListRange, MarkChange, MarkOutcome, Page, RemoveOutcome } from '../../ports/shard-store.ts';

export interface DeliveryRange extends ListRange {
  /** The time of the shard's state; in the past when the list is not consistent. */
  readonly asOfMs: EpochMs;
}

/** The present contents of the shards, and all changes that led to them, oldest first. */
export class StoredDeliveries {
  readonly changes: Change[] = [];
  readonly #shards = new Map<ShardKey, StoredShard>();
  readonly #nowMs: () => EpochMs;
  readonly #onChange: (change: Change) => void;

  constructor(nowMs: () => EpochMs, onChange: (change: Change) => void) {
    this.#nowMs = nowMs;
    this.#onChange = onChange;
  }

  get shards(): Iterable<ShardKey> {
    return this.#shards.keys();
  }

  /** All deliveries of a shard in the order of their keys. */
  *of(shard: ShardKey): Iterable<Delivery> {
    const { keys = [], deliveries } = this.#shards.get(shard) ?? {};
    for (const key of keys) {
      const delivery = deliveries?.get(key);
      if (delivery !== undefined) yield delivery;
    }
  }

  get(shard: ShardKey, key: DeliveryKey): Delivery | undefined {
    return this.#shards.get(shard)?.deliveries.get(key);
  }

  put(shard: ShardKey, delivery: Delivery): void {
    const before = this.get(shard, delivery.key);
    // A store's feed is silent about a write that changes nothing.
    if (before === undefined || !isUnmarked(before)) this.#change(shard, before, delivery);
  }

  tryMark(shard: ShardKey, key: DeliveryKey, change: MarkChange, condition: Condition): MarkOutcome {
    return this.#tryChange(shard, key, condition, (before) => marked(before, change));
  }

  tryLease(shard: ShardKey, key: DeliveryKey, lease: LeaseInPlace): MarkOutcome {
    return this.#tryChange(shard, key, { edition: 0 }, (before) => leasedInPlace(before, lease));
  }

  #tryChange(
    shard: ShardKey,
    key: DeliveryKey,
    condition: Condition,
    change: (before: Delivery) => Delivery,
  ): MarkOutcome {
    const before = this.get(shard, key);
    if (before === undefined) return { outcome: 'refused' };
    if (!meets(before, condition)) return { outcome: 'refused', now: before };
    const now = change(before);
    this.#change(shard, before, now);
    return { outcome: 'done', now };
  }

  tryRemove(shard: ShardKey, key: DeliveryKey, condition: Condition): RemoveOutcome {
    const before = this.get(shard, key);
    if (before === undefined) return { outcome: 'refused' };
    if (!meets(before, condition)) return { outcome: 'refused', now: before };
    this.#change(shard, before, undefined);
    return { outcome: 'done' };
  }

  list(shard: ShardKey, range: DeliveryRange): Page {
    const { keys, deliveries } = this.#asOf(shard, range.asOfMs);
    const start = position(keys, range.from);
    const end = Math.max(start, position(keys, range.before));
    const page = keys.slice(start, Math.min(end, start + range.limit));
    const next = start + range.limit < end ? keys[start + range.limit] : undefined;
    return {
      deliveries: page.map((key) => deliveries.get(key) as Delivery),
      ...(next === undefined ? {} : { next }),
    };
  }

  #change(shard: ShardKey, before: Delivery | undefined, after: Delivery | undefined): void {
    const stored = this.#open(shard);
    store(stored, before, after);
    const change: Change = {
      shard,
      sequence: sequence(String(this.changes.length + 1)),
      atMs: this.#nowMs(),
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    };
    stored.changes.push(change);
    this.changes.push(change);
    this.#onChange(change);
  }

  /** The shard at an earlier moment: a copy with later changes undone. */
  #asOf(shard: ShardKey, atMs: EpochMs): StoredShard {
    const stored = this.#open(shard);
    let count = stored.changes.length;
    while (count > 0 && (stored.changes[count - 1] as Change).atMs > atMs) count--;
    if (count === stored.changes.length) return stored;
    const copy: StoredShard = { keys: [...stored.keys], deliveries: new Map(stored.deliveries), changes: [] };
    for (const { before, after } of stored.changes.slice(count).reverse()) store(copy, after, before);
    return copy;
  }

  #open(shard: ShardKey): StoredShard {
    const known = this.#shards.get(shard);
    if (known !== undefined) return known;
    const stored: StoredShard = { keys: [], deliveries: new Map(), changes: [] };
    this.#shards.set(shard, stored);
    return stored;
  }
}

interface StoredShard {
  /** In ascending order. */
  readonly keys: DeliveryKey[];
  readonly deliveries: Map<DeliveryKey, Delivery>;
  readonly changes: Change[];
}

function store(shard: StoredShard, before: Delivery | undefined, after: Delivery | undefined): void {
  const key = (after ?? before)?.key;
  if (key === undefined) return;
  if (before === undefined) shard.keys.splice(position(shard.keys, key), 0, key);
  if (after === undefined) {
    shard.keys.splice(position(shard.keys, key), 1);
    shard.deliveries.delete(key);
  } else shard.deliveries.set(key, after);
}

/** The position of a key, or where it would be. */
function position(keys: readonly DeliveryKey[], key: DeliveryKey): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as DeliveryKey) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
