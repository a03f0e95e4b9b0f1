import { type Block, undecodableBlock } from '../../model/block.ts';
import type { EpochMs } from '../../model/brand.ts';
import type { Delivery } from '../../model/delivery.ts';
import { type BlockId, type DeliveryKey, keyFrom, type ShardKey } from '../../model/ids.ts';
import { marked, meets } from '../../ports/mark-rules.ts';
import type {
  Condition,
  ListRange,
  MarkChange,
  MarkOutcome,
  Page,
  Placement,
  PutOutcome,
  RemoveOutcome,
  ShardStore,
  TakenOver,
} from '../../ports/shard-store.ts';
import { decodeBlock, encodeBlock } from './block-codec.ts';
import { DecodedDeliveries } from './decoded-deliveries.ts';
import { encodeDelivery, heldIn } from './delivery-codec.ts';
import type { EmbeddedFeed, Image } from './embedded-feed.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Table } from './table.ts';

/** Shards whose front is remembered; the next look finds a forgotten front again. */
const FRONTS_MAX = 10_000;
const KEY_START = keyFrom(0 as EpochMs);

export interface EmbeddedShards {
  /** By shard key and delivery key. */
  readonly deliveries: Table;
  readonly blocks: Table;
  readonly feed: EmbeddedFeed;
  readonly commits: GroupCommit;
}

/** Deliveries and blocks in the embedded database. Never throttled; unclear only when the disk fails or is full. */
export class EmbeddedShardStore implements ShardStore {
  readonly leaseFloorMs = 0;
  /** One log reports everything in one order. */
  readonly barrierOffsetsMs: readonly number[] = [0];
  readonly feedResolutionMs = 1;
  readonly #deliveries: Table;
  readonly #blocks: Table;
  readonly #feed: EmbeddedFeed;
  readonly #commits: GroupCommit;
  readonly #decoded = new DecodedDeliveries();
  /**
   * The shard holds nothing before this key. A queue always deletes at its front: without this each look would walk
   * over removed deliveries that have not left the base yet.
   */
  readonly #fronts = new Map<ShardKey, DeliveryKey>();

  constructor({ deliveries, blocks, feed, commits }: EmbeddedShards) {
    this.#deliveries = deliveries;
    this.#blocks = blocks;
    this.#feed = feed;
    this.#commits = commits;
  }

  async put(placements: readonly Placement[]): Promise<PutOutcome[]> {
    if (placements.length === 0) return [];
    const puts = placements.map(encodePlacement);
    const outcome = await this.#attempt(() => {
      for (const put of puts) this.#put(put);
      return 'stored' as const;
    }, bytesOf(puts));
    return puts.map(() => (outcome === 'stored' ? outcome : 'unclear'));
  }

  async list(shard: ShardKey, range: ListRange): Promise<Page> {
    const deliveries: Delivery[] = [];
    for (const delivery of this.read(shard, range.from, range.before)) {
      if (deliveries.length === range.limit) return { deliveries, next: delivery.key };
      deliveries.push(delivery);
    }
    return { deliveries };
  }

  /** One delivery at a time, as far as the reader goes; do not interleave it with other reads. */
  *read(shard: ShardKey, from: DeliveryKey, before: DeliveryKey): Iterable<Delivery> {
    const front = this.#fronts.get(shard);
    const isFromFront = front === undefined ? from === KEY_START : from <= front;
    let isFirst = true;
    for (const { key, value } of this.#deliveries.range({
      start: shard + (front === undefined || front < from ? from : front),
      end: shard + before,
    })) {
      const delivery = this.#decoded.decode(key, value);
      if (isFirst && isFromFront) this.#moveFront(shard, delivery.key);
      isFirst = false;
      yield delivery;
    }
  }

  async get(shard: ShardKey, key: DeliveryKey): Promise<Delivery | undefined> {
    const stored = this.#deliveries.get(shard + key);
    return stored === undefined ? undefined : this.#decoded.decode(shard + key, stored);
  }

  tryMark(shard: ShardKey, key: DeliveryKey, change: MarkChange, condition: Condition): Promise<MarkOutcome> {
    return this.#attempt(() => {
      const found = this.#find(shard, key);
      if (found === undefined) return { outcome: 'refused' };
      if (!meets(found.delivery, condition)) return { outcome: 'refused', now: found.delivery };
      return { outcome: 'done', now: this.#mark(shard, found, change) };
    });
  }

  tryRemove(shard: ShardKey, key: DeliveryKey, condition: Condition): Promise<RemoveOutcome> {
    return this.#attempt(() => {
      const found = this.#find(shard, key);
      if (found === undefined) return { outcome: 'refused' };
      if (!meets(found.delivery, condition)) return { outcome: 'refused', now: found.delivery };
      this.#remove(shard, found);
      return { outcome: 'done' };
    });
  }

  async tryTakeOver(
    shard: ShardKey,
    leases: readonly Delivery[],
    originals: readonly TakenOver[],
  ): Promise<'done' | 'refused' | 'unclear'> {
    const puts = leases.map((delivery) => encodePlacement({ shard, delivery }));
    const { outcome } = await this.#attempt(
      () => {
        const found = originals.map(({ key }) => this.#find(shard, key));
        if (originals.some(({ edition }, index) => found[index]?.delivery.edition !== edition)) return REFUSED;
        for (const put of puts) this.#put(put);
        for (const [index, { first }] of originals.entries()) {
          const original = found[index] as Image;
          if (first === undefined) this.#remove(shard, original);
          else this.#mark(shard, original, { first });
        }
        return DONE;
      },
      bytesOf(puts) + originals.length * CHANGE_BYTES,
    );
    return outcome;
  }

  async getBlocks(ids: readonly BlockId[]): Promise<ReadonlyMap<BlockId, Block>> {
    const blocks = new Map<BlockId, Block>();
    for (const id of ids) {
      const stored = this.#blocks.get(id);
      if (stored !== undefined) blocks.set(id, decodeBlock(id, stored));
      else if (this.#blocks.has(id)) blocks.set(id, undecodableBlock(id));
    }
    return blocks;
  }

  async removeBlocks(ids: readonly BlockId[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#commits.run(() => {
      for (const id of ids) this.#blocks.remove(id);
    });
  }

  /** Inside a transaction. A put of identical bytes is no change and stays out of the feed. */
  #put({ shard, delivery, bytes, block }: EncodedPlacement): void {
    if (block !== undefined) this.#blocks.put(block.id, block.bytes);
    const stored = this.#deliveries.get(shard + delivery.key);
    if (stored !== undefined && Buffer.compare(stored, bytes) === 0) return;
    const before =
      stored === undefined
        ? {}
        : { before: { delivery: this.#decoded.decode(shard + delivery.key, stored), bytes: stored } };
    const after = { delivery, bytes };
    this.#feed.note(shard, { ...before, after });
    this.#deliveries.put(shard + delivery.key, bytes, stored);
    const front = this.#fronts.get(shard);
    if (front !== undefined && delivery.key < front) this.#fronts.set(shard, delivery.key);
    this.#decoded.remember(shard + delivery.key, after);
  }

  #find(shard: ShardKey, key: DeliveryKey): Image | undefined {
    const bytes = this.#deliveries.get(shard + key);
    return bytes === undefined ? undefined : { delivery: this.#decoded.decode(shard + key, bytes), bytes };
  }

  /** Inside a transaction. */
  #mark(shard: ShardKey, before: Image, change: MarkChange): Delivery {
    const { key } = before.delivery;
    const now = marked(before.delivery, change);
    const after = { delivery: now, bytes: encodeDelivery(now) };
    this.#feed.note(shard, { before, after });
    this.#deliveries.put(shard + key, after.bytes, before.bytes);
    this.#decoded.remember(shard + key, after);
    return now;
  }

  /** Inside a transaction. */
  #remove(shard: ShardKey, before: Image): void {
    const { key } = before.delivery;
    this.#feed.note(shard, { before });
    this.#deliveries.remove(shard + key, before.bytes);
    this.#decoded.forget(shard + key);
  }

  #moveFront(shard: ShardKey, front: DeliveryKey): void {
    if (this.#fronts.size >= FRONTS_MAX) this.#fronts.clear();
    this.#fronts.set(shard, front);
  }

  /** When a commit fails, the store gives the reason to callers that may throw. */
  #attempt<Outcome>(step: () => Outcome, bytes = 0): Promise<Outcome | { readonly outcome: 'unclear' }> {
    return this.#commits.run(step, bytes).catch(() => ({ outcome: 'unclear' }));
  }
}

const DONE = { outcome: 'done' } as const;
const REFUSED = { outcome: 'refused' } as const;

interface EncodedPlacement {
  readonly shard: ShardKey;
  readonly delivery: Delivery;
  readonly bytes: Uint8Array;
  readonly block: { readonly id: BlockId; readonly bytes: Uint8Array } | undefined;
}

/** Key and head of one change in the log. */
const CHANGE_BYTES = 100;

/** About what the puts write to the log. */
const bytesOf = (puts: readonly EncodedPlacement[]): number =>
  puts.reduce((sum, { bytes, block }) => sum + bytes.length + (block?.bytes.length ?? 0) + CHANGE_BYTES, 0);

/** Encoded before the transaction, which blocks all callers, and before the caller can reuse the bytes. */
function encodePlacement({ shard, delivery, block }: Placement): EncodedPlacement {
  const bytes = encodeDelivery(delivery);
  const blockBytes = block === undefined ? undefined : { id: block.id, bytes: encodeBlock(block) };
  return { shard, delivery: heldIn(bytes, delivery), bytes, block: blockBytes };
}
