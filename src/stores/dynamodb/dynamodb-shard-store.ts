import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Block } from '../../model/block.ts';
import { DecodeError } from '../../model/bytes.ts';
import type { Delivery } from '../../model/delivery.ts';
import { QueueError } from '../../model/errors.ts';
import { type BlockId, type CellId, cellOfBlock, cellOfKey, type DeliveryKey, type ShardKey } from '../../model/ids.ts';
import type { LeaseInPlace } from '../../model/lease.ts';
import { meets } from '../../ports/mark-rules.ts';
import type * as port from '../../ports/shard-store.ts';
import { BARRIER_OFFSETS_MS } from './barrier-offsets.ts';
import { readInBatches, type Write, type WriteOutcome, writeInBatches } from './batches.ts';
import { blockItemKey, decodeBlock, encodeBlock } from './block-items.ts';
import { type Billed, Calls, type DynamoPorts, type Target } from './calls.ts';
import { decodeDelivery, deliveryItemKey, encodeDelivery, keyOfItem } from './delivery-items.ts';
import { changeFields, conditionFields, isExpressible, leaseFields } from './expressions.ts';
import { refusal } from './failures.ts';
import { type Item, itemOfWire } from './items.ts';
import { DELIVERY, PARTITION_KEY, SORT_KEY } from './keys.ts';

/** Least timeout of a claim; a change of visibility shortens the lease afterwards. This saves a write for each. */
const LEASE_FLOOR_MS = 5_000;
/** How often a condition too long for DynamoDB is checked here, each time on a newer edition. */
const LOOKS_MAX = 3;

/** Deliveries and blocks in DynamoDB: a table for each cell. */
export class DynamoShardStore implements port.ShardStore {
  readonly leaseFloorMs = LEASE_FLOOR_MS;
  readonly barrierOffsetsMs = BARRIER_OFFSETS_MS;
  readonly feedResolutionMs = 1_000;
  readonly #ports: DynamoPorts;
  readonly #calls: Calls;
  readonly #tableOf: (cell: CellId) => string;

  constructor(ports: DynamoPorts, tableOf: (cell: CellId) => string) {
    this.#ports = ports;
    this.#calls = new Calls(ports);
    this.#tableOf = tableOf;
  }

  /** @remarks Cost: one call for each 25 items of a cell, all at once. */
  async put(placements: readonly port.Placement[]): Promise<port.PutOutcome[]> {
    const writes = placements.map((placement) => this.#writesOf(placement));
    const outcomes = await writeInBatches(this.#calls, writes.flat());
    const puts = writes.map((some) => putOutcome(some.map((write) => outcomes.get(write))));
    const isOrphaned = (index: number) => puts[index] === 'throttled' && writes[index]?.some(isDone) === true;
    const isDone = (write: Write) => outcomes.get(write) === 'done';
    await this.#removeOrphans(placements.flatMap(({ block }, index) => (isOrphaned(index) ? (block?.id ?? []) : [])));
    return puts;
  }

  /** Removes blocks of refused deliveries: nothing will refer to them. One that stays keeps a leaving cell full. */
  async #removeOrphans(ids: readonly BlockId[]): Promise<void> {
    try {
      if (ids.length > 0) await this.removeBlocks(ids);
    } catch (error) {
      if (!(error instanceof QueueError)) throw error;
    }
  }

  /** Leaves out deliveries that cannot be decoded. */
  async list(shard: ShardKey, { from, before, limit, isConsistent }: port.ListRange): Promise<port.Page> {
    if (from >= before) return { deliveries: [] };
    const target = this.#targetOf(shard, 'read');
    const command = new QueryCommand({
      TableName: target.table,
      KeyConditionExpression: `${PARTITION_KEY}=:shard AND ${SORT_KEY} BETWEEN :from AND :before`,
      ExpressionAttributeValues: { ':shard': shard, ':from': from, ':before': before },
      Limit: limit,
      ConsistentRead: isConsistent,
      ReturnConsumedCapacity: 'TOTAL',
    });
    const { Items = [], LastEvaluatedKey } = await this.#calls.repeatable(target, (client) => client.send(command));
    // BETWEEN includes its upper end.
    const items = (Items as Item[]).filter((item) => keyOfItem(item) < before);
    const next = LastEvaluatedKey === undefined ? before : keyBehind(keyOfItem(LastEvaluatedKey as Item));
    return {
      deliveries: items.flatMap((item) => this.#readable(shard, keyOfItem(item), () => item) ?? []),
      ...(next < before ? { next } : {}),
    };
  }

  async get(shard: ShardKey, key: DeliveryKey): Promise<Delivery | undefined> {
    const target = this.#targetOf(shard, 'read');
    const command = new GetCommand({
      TableName: target.table,
      Key: deliveryItemKey(shard, key),
      ConsistentRead: true,
      ReturnConsumedCapacity: 'TOTAL',
    });
    const { Item: item } = await this.#calls.repeatable(target, (client) => client.send(command));
    if (item === undefined) return undefined;
    const delivery = this.#readable(shard, key, () => item as Item);
    if (delivery === undefined) throw new QueueError('Unavailable', `delivery ${key} cannot be decoded`);
    return delivery;
  }

  async tryMark(
    shard: ShardKey,
    key: DeliveryKey,
    change: port.MarkChange,
    condition: port.Condition,
  ): Promise<port.MarkOutcome> {
    return await this.#tryUpdate({ shard, key, condition }, (checked) => changeFields(change, checked));
  }

  async tryLease(shard: ShardKey, key: DeliveryKey, lease: LeaseInPlace): Promise<port.MarkOutcome> {
    const condition = { edition: 0 };
    return await this.#tryUpdate({ shard, key, condition }, (checked) => leaseFields(lease, checked));
  }

  async tryRemove(shard: ShardKey, key: DeliveryKey, condition: port.Condition): Promise<port.RemoveOutcome> {
    const step = await this.#tryStep({ shard, key, condition }, (client, table, checked) =>
      client.send(
        new DeleteCommand({
          TableName: table,
          Key: deliveryItemKey(shard, key),
          ...conditionFields(checked),
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          ReturnConsumedCapacity: 'TOTAL',
        }),
      ),
    );
    return step.outcome === 'done' ? { outcome: 'done' } : step;
  }

  /** @remarks Cost: one call for each 100 blocks of a cell, all at once. */
  async getBlocks(ids: readonly BlockId[]): Promise<ReadonlyMap<BlockId, Block>> {
    const reads = [...new Set(ids)].map((id) => ({ table: this.#tableOf(cellOfBlock(id)), key: blockItemKey(id) }));
    const blocks = (await readInBatches(this.#calls, reads)).map(decodeBlock);
    return new Map(blocks.map((block) => [block.id, block]));
  }

  /** @remarks Cost: one call for each 25 blocks of a cell, all at once. */
  async removeBlocks(ids: readonly BlockId[]): Promise<void> {
    const removals = [...new Set(ids)].map((id): Write => {
      return { table: this.#tableOf(cellOfBlock(id)), kind: 'remove', item: blockItemKey(id) };
    });
    const outcomes = new Set((await writeInBatches(this.#calls, removals)).values());
    if (outcomes.has('unclear')) throw refusal('unanswered');
    if (outcomes.has('throttled')) throw refusal('throttled');
  }

  async #tryUpdate(
    write: ConditionalWrite,
    fieldsOf: (condition: port.Condition) => ReturnType<typeof changeFields>,
  ): Promise<port.MarkOutcome> {
    const { shard, key } = write;
    const step = await this.#tryStep(write, (client, table, checked) =>
      client.send(
        new UpdateCommand({
          TableName: table,
          Key: deliveryItemKey(shard, key),
          ...fieldsOf(checked),
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          ReturnConsumedCapacity: 'TOTAL',
        }),
      ),
    );
    if (step.outcome !== 'done') return step;
    const now = this.#readable(shard, key, () => step.answer.Attributes as Item);
    return now === undefined ? UNCLEAR : { outcome: 'done', now };
  }

  #writesOf({ shard, delivery, block, wakes = false }: port.Placement): Write[] {
    const table = this.#tableOf(cellOfKey(shard));
    const item = encodeDelivery(shard, delivery);
    const put: Write = { table, kind: 'put', item: wakes ? { ...item, [DELIVERY.wakes]: 1 } : item, shard };
    if (block === undefined) return [put];
    return [put, { table: this.#tableOf(cellOfBlock(block.id)), kind: 'put', item: encodeBlock(block) }];
  }

  /**
   * A conditional step on one delivery. If DynamoDB cannot check the condition, checks it here and names the edition.
   */
  async #tryStep<Answer extends Billed>(
    step: ConditionalWrite,
    send: SendStep<Answer>,
  ): Promise<Done<Answer> | NotDone> {
    if (isExpressible(step.condition)) return await this.#tryChecked(step, send);
    for (let look = 0; look < LOOKS_MAX; look++) {
      const seen = await this.#look(step);
      if (seen.outcome !== 'refused' || seen.now === undefined || !meets(seen.now, step.condition)) return seen;
      const answer = await this.#tryChecked({ ...step, condition: { edition: seen.now.edition } }, send);
      if (answer.outcome !== 'refused') return answer;
    }
    return UNCLEAR;
  }

  async #tryChecked<Answer extends Billed>(
    step: ConditionalWrite,
    send: SendStep<Answer>,
  ): Promise<Done<Answer> | NotDone> {
    const target = this.#targetOf(step.shard, 'write');
    const answer = await this.#calls.conditional(target, (client) => send(client, target.table, step.condition));
    if (answer.outcome === 'throttled') return { outcome: 'throttled' };
    if (answer.outcome !== 'refused') return answer;
    const { image } = answer;
    if (image === undefined) return await this.#look(step);
    const now = this.#readable(step.shard, step.key, () => itemOfWire(image));
    return now === undefined ? UNCLEAR : { outcome: 'refused', now };
  }

  /** The refusal that the delivery's present state gives. */
  async #look({ shard, key }: ConditionalWrite): Promise<NotDone> {
    try {
      const now = await this.get(shard, key);
      return { outcome: 'refused', ...(now === undefined ? {} : { now }) };
    } catch (error) {
      if (error instanceof QueueError) return UNCLEAR;
      throw error;
    }
  }

  /** `undefined` when it cannot be decoded. */
  #readable(shard: ShardKey, key: DeliveryKey, item: () => Item): Delivery | undefined {
    try {
      return decodeDelivery(item());
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#ports.observer?.onUnreadable?.(shard, key, error);
      return undefined;
    }
  }

  #targetOf(shard: ShardKey, units: Target['units']): Target {
    return { table: this.#tableOf(cellOfKey(shard)), shard, units };
  }
}

interface ConditionalWrite {
  readonly shard: ShardKey;
  readonly key: DeliveryKey;
  readonly condition: port.Condition;
}

type SendStep<Answer> = (client: DynamoDBDocumentClient, table: string, condition: port.Condition) => Promise<Answer>;
type Done<Answer> = { readonly outcome: 'done'; readonly answer: Answer };
type NotDone = port.Refused | port.Unclear | port.Throttled;

const UNCLEAR: port.Unclear = { outcome: 'unclear' };

/** All keys have the same length, so this key comes after `key` and before every other. */
const keyBehind = (key: DeliveryKey): DeliveryKey => `${key}-` as DeliveryKey;

/** A delivery that is certainly not stored can be put elsewhere, whatever became of its block. */
function putOutcome([delivery, block = 'done']: readonly (WriteOutcome | undefined)[]): port.PutOutcome {
  if (delivery === 'throttled') return 'throttled';
  return delivery === 'done' && block === 'done' ? 'stored' : 'unclear';
}
