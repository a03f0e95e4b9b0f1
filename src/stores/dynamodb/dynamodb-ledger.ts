import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { EpochMs } from '../../model/brand.ts';
import type { BlockId, DeliveryKey, ShardKey } from '../../model/ids.ts';
import type { BarrierStep } from '../../model/totals.ts';
import type { Clock } from '../../ports/clock.ts';
import type { KeptPassage, Ledger, Redirect } from '../../ports/ledger.ts';
import { Calls, type DynamoPorts, type Target } from './calls.ts';
import { encodeForward, forwardsIn } from './delivery-items.ts';
import { failureOf } from './failures.ts';
import { type Item, numberAt, numbersAt, textAt, type Value } from './items.ts';
import { DELIVERY, LEDGER, PARTITION_KEY, PROGRESS_SORT_KEY, REDIRECT_SORT_KEY, SORT_KEY } from './keys.ts';

/** Bookkeeping in one DynamoDB table whose items expire. Ids in the keys are random, so it has no hot spot. */
export class DynamoLedger implements Ledger {
  readonly #calls: Calls;
  readonly #clock: Clock;
  readonly #table: string;

  constructor(ports: DynamoPorts, table: string) {
    this.#calls = new Calls(ports);
    this.#clock = ports.clock;
    this.#table = table;
  }

  async addRedirect(shard: ShardKey, from: DeliveryKey, to: Redirect, keepUntilMs: EpochMs): Promise<void> {
    const settings: (readonly [name: string, value: Value])[] = [
      [LEDGER.expiresAtSeconds, inSeconds(keepUntilMs)],
      ...[...to].map(([index, forward]) => [DELIVERY.forward + index, encodeForward(forward)] as const),
    ];
    const command = new UpdateCommand({
      TableName: this.#table,
      Key: redirectKey(shard, from),
      UpdateExpression: `SET ${settings.map(([name]) => `${name}=:${name}`).join(',')}`,
      ExpressionAttributeValues: Object.fromEntries(settings.map(([name, value]) => [`:${name}`, value])),
      ReturnConsumedCapacity: 'TOTAL',
    });
    await this.#calls.repeatable(this.#target('write'), (client) => client.send(command));
  }

  async redirect(shard: ShardKey, from: DeliveryKey): Promise<Redirect> {
    return forwardsIn(await this.#get(redirectKey(shard, from)));
  }

  async addProgress(block: BlockId, indexes: readonly number[], keepUntilMs?: EpochMs): Promise<ReadonlySet<number>> {
    const isFinished = keepUntilMs !== undefined;
    const command = new UpdateCommand({
      TableName: this.#table,
      Key: progressKey(block),
      UpdateExpression: `ADD ${LEDGER.indexes} :indexes${isFinished ? ` SET ${LEDGER.expiresAtSeconds}=:until` : ''}`,
      ExpressionAttributeValues: {
        ':indexes': new Set(indexes),
        ...(isFinished && { ':until': inSeconds(keepUntilMs) }),
      },
      ReturnValues: 'ALL_NEW',
      ReturnConsumedCapacity: 'TOTAL',
    });
    const answer = await this.#calls.repeatable(this.#target('write'), (client) => client.send(command));
    return numbersAt(answer.Attributes as Item, LEDGER.indexes);
  }

  async progress(block: BlockId): Promise<ReadonlySet<number>> {
    return numbersAt(await this.#get(progressKey(block)), LEDGER.indexes);
  }

  async addPassage({ shard, key, step, text, keepUntilMs }: KeptPassage): Promise<void> {
    const command = new PutCommand({
      TableName: this.#table,
      Item: {
        ...passageKey(shard, key, step),
        [LEDGER.passage]: text,
        [LEDGER.expiresAtSeconds]: inSeconds(keepUntilMs),
      },
      ConditionExpression: `attribute_not_exists(${PARTITION_KEY})`,
      ReturnConsumedCapacity: 'TOTAL',
    });
    try {
      await this.#calls.repeatable(this.#target('write'), (client) => client.send(command));
    } catch (error) {
      // Already noted.
      if (failureOf(error) !== 'refused') throw error;
    }
  }

  async passage(shard: ShardKey, key: DeliveryKey, step: BarrierStep): Promise<string | undefined> {
    return textAt(await this.#get(passageKey(shard, key, step)), LEDGER.passage);
  }

  async addReport(slot: number, id: string, report: string, keepUntilMs: EpochMs): Promise<void> {
    const command = new PutCommand({
      TableName: this.#table,
      Item: {
        [PARTITION_KEY]: reportsKey(slot),
        [SORT_KEY]: id,
        [LEDGER.report]: report,
        [LEDGER.expiresAtSeconds]: inSeconds(keepUntilMs),
      },
      ReturnConsumedCapacity: 'TOTAL',
    });
    await this.#calls.repeatable(this.#target('write'), (client) => client.send(command));
  }

  /** Read at half price: a report of the last second may be missing. */
  async reports(slot: number): Promise<readonly string[]> {
    const reports: string[] = [];
    let start: Item | undefined;
    do {
      const command = new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: `${PARTITION_KEY}=:slot`,
        ExpressionAttributeValues: { ':slot': reportsKey(slot) },
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
        ReturnConsumedCapacity: 'TOTAL',
      });
      const page = await this.#calls.repeatable(this.#target('read'), (client) => client.send(command));
      reports.push(...((page.Items ?? []) as Item[]).flatMap((item) => textAt(item, LEDGER.report) ?? []));
      start = page.LastEvaluatedKey as Item | undefined;
    } while (start !== undefined);
    return reports;
  }

  /** Empty when the item is missing or has expired: DynamoDB removes items up to two days later. */
  async #get(key: Item): Promise<Item> {
    const command = new GetCommand({
      TableName: this.#table,
      Key: key,
      ConsistentRead: true,
      ReturnConsumedCapacity: 'TOTAL',
    });
    const answer = await this.#calls.repeatable(this.#target('read'), (client) => client.send(command));
    const item = (answer.Item ?? {}) as Item;
    const expiresAtSeconds = numberAt(item, LEDGER.expiresAtSeconds) ?? Number.POSITIVE_INFINITY;
    return expiresAtSeconds * 1_000 > this.#clock.nowMs() ? item : {};
  }

  #target(units: Target['units']): Target {
    return { table: this.#table, units };
  }
}

const redirectKey = (shard: ShardKey, from: DeliveryKey): Item => ({
  [PARTITION_KEY]: shard + from,
  [SORT_KEY]: REDIRECT_SORT_KEY,
});
const passageKey = (shard: ShardKey, key: DeliveryKey, step: BarrierStep): Item => ({
  [PARTITION_KEY]: shard + key,
  [SORT_KEY]: step,
});
const reportsKey = (slot: number): string => `load/${slot}`;
const progressKey = (block: BlockId): Item => ({ [PARTITION_KEY]: block, [SORT_KEY]: PROGRESS_SORT_KEY });

const inSeconds = (at: EpochMs): number => Math.ceil(at / 1_000);
