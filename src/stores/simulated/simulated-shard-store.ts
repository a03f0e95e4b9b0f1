import type { Block } from '../../model/block.ts';
import type { EpochMs } from '../../model/brand.ts';
import type { Delivery } from '../../model/delivery.ts';
import type { BlockId, DeliveryKey, ShardKey } from '../../model/ids.ts';
import { leasedInPlace } from '../../model/lease.ts';
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
  Throttled,
  Unclear,
} from '../../ports/shard-store.ts';
import type { SimulatedProcess, StorageStep } from './simulated-process.ts';
import type { SimulatedWorld } from './simulated-world.ts';

/** Longest delay of a list that need not be consistent. */
const STALE_MS_MAX = 1_000;

export class SimulatedShardStore implements ShardStore {
  readonly leaseFloorMs: number;
  readonly barrierOffsetsMs: readonly number[];
  readonly feedResolutionMs: number;
  readonly tryLease?: NonNullable<ShardStore['tryLease']>;
  readonly #process: SimulatedProcess;
  readonly #world: SimulatedWorld;

  constructor(process: SimulatedProcess, world: SimulatedWorld) {
    this.#process = process;
    this.#world = world;
    this.leaseFloorMs = world.leaseFloorMs;
    this.barrierOffsetsMs = world.barrierOffsetsMs;
    this.feedResolutionMs = world.feedResolutionMs;
    if (world.leasesInPlace) this.tryLease = (...lease) => this.#lease(...lease);
  }

  put(placements: readonly Placement[]): Promise<PutOutcome[]> {
    return Promise.all(placements.map((placement) => this.#putOne(placement)));
  }

  async list(shard: ShardKey, range: ListRange): Promise<Page> {
    const { deliveries, random, timeline, pageMax } = this.#world;
    const work = () => {
      const asOfMs = (timeline.nowMs - (range.isConsistent ? 0 : random.below(STALE_MS_MAX))) as EpochMs;
      return deliveries.list(shard, { ...range, limit: Math.min(range.limit, pageMax), asOfMs });
    };
    return this.#process.call({ step: { name: 'list', shard }, work });
  }

  async get(shard: ShardKey, key: DeliveryKey): Promise<Delivery | undefined> {
    const work = () => this.#world.deliveries.get(shard, key);
    return this.#process.call({ step: { name: 'get', shard, key }, work });
  }

  async tryMark(shard: ShardKey, key: DeliveryKey, change: MarkChange, condition: Condition): Promise<MarkOutcome> {
    return this.#process.call<MarkOutcome>({
      step: { name: 'mark', shard, key, about: { change, condition } },
      work: () => this.#world.deliveries.tryMark(shard, key, change, condition),
      throttled,
      unclear,
    });
  }

  #lease(...[shard, key, lease]: Parameters<NonNullable<ShardStore['tryLease']>>): Promise<MarkOutcome> {
    const { deliveries } = this.#world;
    const seen = deliveries.get(shard, key);
    const delivery = seen === undefined ? {} : { delivery: leasedInPlace(seen, lease) };
    return this.#process.call<MarkOutcome>({
      step: { name: 'lease', shard, key, about: lease.untilMs, ...delivery },
      work: () => deliveries.tryLease(shard, key, lease),
      throttled,
      unclear,
    });
  }

  async tryRemove(shard: ShardKey, key: DeliveryKey, condition: Condition): Promise<RemoveOutcome> {
    return this.#process.call<RemoveOutcome>({
      step: { name: 'remove', shard, key, about: condition },
      work: () => this.#world.deliveries.tryRemove(shard, key, condition),
      throttled,
      unclear,
    });
  }

  async getBlocks(ids: readonly BlockId[]): Promise<ReadonlyMap<BlockId, Block>> {
    const work = () => {
      const { blocks } = this.#world;
      return new Map(
        ids.flatMap((id) => {
          const block = blocks.get(id);
          return block === undefined ? [] : [[id, block] as const];
        }),
      );
    };
    return this.#process.call({ step: { name: 'get blocks', about: ids, blocks: ids }, work });
  }

  async removeBlocks(ids: readonly BlockId[]): Promise<void> {
    await Promise.all(
      ids.map((id) =>
        this.#process.call({
          step: { name: 'remove block', about: id, blocks: [id] },
          work: () => this.#world.removeBlock(id),
        }),
      ),
    );
  }

  /** Delivery and block travel separately: either may land first, or alone. */
  async #putOne({ shard, delivery, block }: Placement): Promise<PutOutcome> {
    const { deliveries, blocks } = this.#world;
    const sent = withOwnBytes(delivery);
    const putDelivery = this.#put({ name: 'put', shard, key: delivery.key, delivery: sent }, () =>
      deliveries.put(shard, sent),
    );
    if (block === undefined) return putDelivery;
    const sentBlock = withOwnBytes(block);
    const putBlock = this.#put({ name: 'put block', about: block.id, blocks: [block.id] }, () =>
      blocks.set(block.id, sentBlock),
    );
    const [ofDelivery, ofBlock] = await Promise.all([putDelivery, putBlock]);
    if (ofDelivery === 'throttled' && ofBlock !== 'unclear') return 'throttled';
    return ofDelivery === 'stored' && ofBlock === 'stored' ? 'stored' : 'unclear';
  }

  #put(step: StorageStep, effect: () => void): Promise<PutOutcome> {
    return this.#process.call<PutOutcome>({
      step,
      work: () => {
        effect();
        return 'stored';
      },
      throttled: () => 'throttled',
      unclear: () => 'unclear',
    });
  }
}

const throttled = (): Throttled => ({ outcome: 'throttled' });
const unclear = (): Unclear => ({ outcome: 'unclear' });

/** Copies what goes over a wire: the caller may reuse its bytes. */
const withOwnBytes = <Item extends Delivery | Block>(item: Item): Item =>
  'payload' in item && item.payload !== undefined ? { ...item, payload: item.payload.slice() } : item;
