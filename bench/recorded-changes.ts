import { type Change, sequence } from '../src/model/change.ts';
import type { Delivery } from '../src/model/delivery.ts';
import type { BlockId, DeliveryKey, ShardKey } from '../src/model/ids.ts';
import type { LeaseInPlace } from '../src/model/lease.ts';
import type { Clock } from '../src/ports/clock.ts';
import type * as port from '../src/ports/shard-store.ts';

/**
 * A shard store that records its changes as a stream would, for an engine without streams. It remembers what it stored,
 * so that images before a change cost no reads.
 */
export class RecordedChanges implements port.ShardStore {
  readonly #store: port.ShardStore;
  readonly #clock: Clock;
  readonly #deliveries = new Map<string, Delivery>();
  readonly #changes: Change[] = [];
  #count = 0;
  /** A change came while none waited. */
  onFirst: () => void = () => {};

  constructor(store: port.ShardStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  get leaseFloorMs(): number {
    return this.#store.leaseFloorMs;
  }

  /** Its single list keeps one order. */
  readonly barrierOffsetsMs: readonly number[] = [0];
  readonly feedResolutionMs = 1;

  /** Takes up to `limit` of the oldest changes not taken yet. */
  take(limit: number): Change[] {
    return this.#changes.splice(0, limit);
  }

  get waitingCount(): number {
    return this.#changes.length;
  }

  async put(placements: readonly port.Placement[]): Promise<port.PutOutcome[]> {
    const outcomes = await this.#store.put(placements);
    for (const [index, { shard, delivery }] of placements.entries()) {
      if (outcomes[index] === 'stored') this.#record(shard, delivery.key, delivery);
    }
    return outcomes;
  }

  async tryMark(
    shard: ShardKey,
    key: DeliveryKey,
    change: port.MarkChange,
    condition: port.Condition,
  ): Promise<port.MarkOutcome> {
    const outcome = await this.#store.tryMark(shard, key, change, condition);
    if (outcome.outcome === 'done') this.#record(shard, key, outcome.now);
    return outcome;
  }

  async tryLease(shard: ShardKey, key: DeliveryKey, lease: LeaseInPlace): Promise<port.MarkOutcome> {
    const outcome = (await this.#store.tryLease?.(shard, key, lease)) ?? { outcome: 'refused' };
    if (outcome.outcome === 'done') this.#record(shard, key, outcome.now);
    return outcome;
  }

  async tryRemove(shard: ShardKey, key: DeliveryKey, condition: port.Condition): Promise<port.RemoveOutcome> {
    const outcome = await this.#store.tryRemove(shard, key, condition);
    if (outcome.outcome === 'done') this.#record(shard, key, undefined);
    return outcome;
  }

  list(shard: ShardKey, range: port.ListRange): Promise<port.Page> {
    return this.#store.list(shard, range);
  }

  get(shard: ShardKey, key: DeliveryKey): Promise<Delivery | undefined> {
    return this.#store.get(shard, key);
  }

  getBlocks(ids: readonly BlockId[]): ReturnType<port.ShardStore['getBlocks']> {
    return this.#store.getBlocks(ids);
  }

  removeBlocks(ids: readonly BlockId[]): Promise<void> {
    return this.#store.removeBlocks(ids);
  }

  #record(shard: ShardKey, key: DeliveryKey, after: Delivery | undefined): void {
    const before = this.#deliveries.get(shard + key);
    if (after === undefined) this.#deliveries.delete(shard + key);
    else this.#deliveries.set(shard + key, after);
    if (this.#changes.length === 0) this.onFirst();
    this.#changes.push({
      shard,
      sequence: sequence(String(++this.#count)),
      atMs: this.#clock.nowMs(),
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    });
  }
}
