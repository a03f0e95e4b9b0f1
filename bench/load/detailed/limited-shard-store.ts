import type { Block } from '../../../src/model/block.ts';
import type { Delivery } from '../../../src/model/delivery.ts';
import { QueueError } from '../../../src/model/errors.ts';
import { type BlockId, type CellId, cellOfKey, type DeliveryKey, type ShardKey } from '../../../src/model/ids.ts';
import { WRITE_UNIT_BYTES } from '../../../src/model/limits.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Random } from '../../../src/ports/random.ts';
import type * as port from '../../../src/ports/shard-store.ts';
import { tries } from '../../../src/stores/dynamodb/tries.ts';
import { FAILED_CALL_MS, type Grant, placeOf, storeCallMs, type Table } from '../world/index.ts';

/** Measures an instance's use of the tables, and its waits. */
export interface StoreMeter {
  onUnits(shard: ShardKey, units: { readonly write: number; readonly read: number }): void;
  onRefusal(shard: ShardKey, by: NonNullable<Grant['refusedBy']>): void;
  /** The request waited from then until now because of limits. */
  onWait(fromMs: number): void;
}

export interface LimitedStorePorts {
  readonly inner: port.ShardStore;
  readonly tables: ReadonlyMap<CellId, Table>;
  readonly clock: Clock;
  readonly random: Random;
  readonly meter: StoreMeter;
}

const READ_UNIT_BYTES = 4_096;
/** Approximate size of a delivery item without its payload. */
const ITEM_BYTES = 60;
const UNCLEAR: port.Unclear = { outcome: 'unclear' };
const THROTTLED: port.Throttled = { outcome: 'throttled' };

/**
 * Puts DynamoDB's limits in front of a simulated store, and retries like the DynamoDB store. It supports only messages
 * inside their deliveries, so blocks pass without limits.
 */
export class LimitedShardStore implements port.ShardStore {
  readonly leaseFloorMs: number;
  readonly barrierOffsetsMs: readonly number[];
  readonly feedResolutionMs: number;
  readonly #ports: LimitedStorePorts;

  constructor(ports: LimitedStorePorts) {
    this.#ports = ports;
    this.leaseFloorMs = ports.inner.leaseFloorMs;
    this.barrierOffsetsMs = ports.inner.barrierOffsetsMs;
    this.feedResolutionMs = ports.inner.feedResolutionMs;
  }

  async put(placements: readonly port.Placement[]): Promise<port.PutOutcome[]> {
    return await Promise.all(
      placements.map(async (placement): Promise<port.PutOutcome> => {
        const refused = await this.#admit(placement.shard, { write: writeUnits(placement.delivery) });
        if (refused !== undefined) return refused === 'failure' ? 'unclear' : 'throttled';
        return (await this.#ports.inner.put([placement]))[0] ?? 'unclear';
      }),
    );
  }

  async list(shard: ShardKey, range: port.ListRange): Promise<port.Page> {
    await this.#admitRead(shard, 1);
    const page = await this.#ports.inner.list(shard, range);
    const bytes = page.deliveries.reduce((sum, delivery) => sum + itemBytes(delivery), 0);
    const units = Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (range.isConsistent ? 1 : 0.5);
    this.#ports.meter.onUnits(shard, { write: 0, read: units });
    return page;
  }

  async get(shard: ShardKey, key: DeliveryKey): Promise<Delivery | undefined> {
    await this.#admitRead(shard, 1);
    this.#ports.meter.onUnits(shard, { write: 0, read: 1 });
    return await this.#ports.inner.get(shard, key);
  }

  async tryMark(...[shard, key, change, condition]: Parameters<port.ShardStore['tryMark']>): Promise<port.MarkOutcome> {
    const refused = await this.#admit(shard, { write: 1, isConditional: true });
    if (refused !== undefined) return outcomeOf(refused);
    return await this.#ports.inner.tryMark(shard, key, change, condition);
  }

  async tryRemove(shard: ShardKey, key: DeliveryKey, condition: port.Condition): Promise<port.RemoveOutcome> {
    const refused = await this.#admit(shard, { write: 1, isConditional: true });
    if (refused !== undefined) return outcomeOf(refused);
    return await this.#ports.inner.tryRemove(shard, key, condition);
  }

  getBlocks(ids: readonly BlockId[]): Promise<ReadonlyMap<BlockId, Block>> {
    return this.#ports.inner.getBlocks(ids);
  }

  removeBlocks(ids: readonly BlockId[]): Promise<void> {
    return this.#ports.inner.removeBlocks(ids);
  }

  async #admitRead(shard: ShardKey, read: number): Promise<void> {
    const refused = await this.#admit(shard, { read });
    if (refused === 'failure') throw new QueueError('Unavailable', 'the table fails');
    if (refused !== undefined) throw new QueueError('Throttled', 'the table is at its limit');
  }

  /** Waits for the table's admission, as long as the real store would try; otherwise returns the last refusal. */
  async #admit(
    shard: ShardKey,
    { write = 0, read = 0, isConditional = false }: Call,
  ): Promise<Grant['refusedBy'] | undefined> {
    const { tables, clock, random, meter } = this.#ports;
    const table = tables.get(cellOfKey(shard));
    if (table === undefined) throw new RangeError(`shard ${shard} lies in no cell`);
    const place = placeOf(shard);
    const startMs = clock.nowMs();
    let refusedBy: Grant['refusedBy'];
    for await (const _ of tries(this.#ports)) {
      const nowMs = clock.nowMs();
      const grant = write > 0 ? table.write(place, write, nowMs) : table.read(place, read, nowMs);
      refusedBy = grant.refusedBy;
      if (refusedBy === undefined) break;
      meter.onRefusal(shard, refusedBy);
      await clock.sleep(refusedBy === 'failure' ? FAILED_CALL_MS : storeCallMs(random));
      // It may have been done: the engine decides what that means.
      if (refusedBy === 'failure' && isConditional) break;
    }
    if (clock.nowMs() > startMs) meter.onWait(startMs);
    if (refusedBy === undefined && write > 0) meter.onUnits(shard, { write, read: 0 });
    return refusedBy;
  }
}

/** The capacity that a call needs. */
interface Call {
  readonly write?: number;
  readonly read?: number;
  readonly isConditional?: boolean;
}

const outcomeOf = (refused: NonNullable<Grant['refusedBy']>): port.Throttled | port.Unclear =>
  refused === 'failure' ? UNCLEAR : THROTTLED;
const itemBytes = (delivery: Delivery): number => ITEM_BYTES + (delivery.payload?.length ?? 0);
const writeUnits = (delivery: Delivery): number => Math.max(1, Math.ceil(itemBytes(delivery) / WRITE_UNIT_BYTES));
