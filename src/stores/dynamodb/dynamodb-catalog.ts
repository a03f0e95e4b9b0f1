import { DeleteCommand, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { EpochMs } from '../../model/brand.ts';
import type { Catalog, CatalogRecords, RecordKind, Stored, WriteOutcome } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import { Calls, type ConditionalAnswer, type DynamoPorts, type Target } from './calls.ts';
import { refusal } from './failures.ts';
import { type Item, numberAt, present, textAt } from './items.ts';
import { PARTITION_KEY, RECORD, SORT_KEY } from './keys.ts';

/** Partitions over which the names of a kind spread, so that reading routes does not heat one of them. */
const BUCKETS = 8;

/**
 * Records in one DynamoDB table. The part of a name before its first `/` chooses its bucket. So a list of one owner's
 * records reads one bucket; every other list reads all buckets.
 */
export class DynamoCatalog implements Catalog {
  readonly #calls: Calls;
  readonly #clock: Clock;
  readonly #table: string;

  constructor(ports: DynamoPorts, table: string) {
    this.#calls = new Calls(ports);
    this.#clock = ports.clock;
    this.#table = table;
  }

  async get<Kind extends RecordKind>(
    kind: Kind,
    name: string,
    { mayBeOld = false }: { readonly mayBeOld?: boolean } = {},
  ): Promise<Stored<CatalogRecords[Kind]> | undefined> {
    const item = await this.#item(recordKey(kind, name), !mayBeOld);
    return item === undefined ? undefined : storedOf<Kind>(item);
  }

  async queueVersion(name: string): Promise<number> {
    const item = await this.#item(versionKey(name), true);
    return item === undefined ? 0 : present(numberAt(item, RECORD.version), RECORD.version);
  }

  async #item(key: Item, isConsistent: boolean): Promise<Item | undefined> {
    const command = new GetCommand({
      TableName: this.#table,
      Key: key,
      ConsistentRead: isConsistent,
      ReturnConsumedCapacity: 'TOTAL',
    });
    const { Item: item } = await this.#calls.repeatable(this.#target('read'), (client) => client.send(command));
    return item as Item | undefined;
  }

  async tryPut<Kind extends RecordKind>(
    kind: Kind,
    name: string,
    value: CatalogRecords[Kind],
    version: number,
  ): Promise<WriteOutcome> {
    const next = nextVersion(version, this.#clock.nowMs());
    const command = new PutCommand({
      TableName: this.#table,
      Item: { ...recordKey(kind, name), [RECORD.value]: JSON.stringify(value), [RECORD.version]: next },
      ...versionFields(version),
      ReturnConsumedCapacity: 'TOTAL',
    });
    if (isKnownByVersion(kind) && version > 0 && !(await this.#announce(name, next))) return 'unclear';
    const outcome = outcomeOf(await this.#calls.conditional(this.#target('write'), (client) => client.send(command)));
    // No process holds a new record. Of several callers that create it, only the winner may announce its version.
    if (isKnownByVersion(kind) && version === 0 && outcome === 'done') await this.#announce(name, next).catch(() => {});
    return outcome;
  }

  /**
   * Announces the next version of a queue's record to all processes, so that none takes the one it holds for the
   * newest. Versions never go back: a slower writer changes nothing.
   *
   * @returns false when the announcement may not have arrived
   * @throws QueueError `Throttled`
   */
  async #announce(name: string, version: number): Promise<boolean> {
    const command = new PutCommand({
      TableName: this.#table,
      Item: { ...versionKey(name), [RECORD.version]: version },
      ConditionExpression: `attribute_not_exists(${PARTITION_KEY}) OR ${RECORD.version}<:version`,
      ExpressionAttributeValues: { ':version': version },
      ReturnConsumedCapacity: 'TOTAL',
    });
    const answer = await this.#calls.conditional(this.#target('write'), (client) => client.send(command));
    return outcomeOf(answer) !== 'unclear';
  }

  async tryRemove(kind: RecordKind, name: string, version: number): Promise<WriteOutcome> {
    const command = new DeleteCommand({
      TableName: this.#table,
      Key: recordKey(kind, name),
      ...versionFields(version),
      ReturnConsumedCapacity: 'TOTAL',
    });
    if (isKnownByVersion(kind) && !(await this.#announce(name, version + 1))) return 'unclear';
    return outcomeOf(await this.#calls.conditional(this.#target('write'), (client) => client.send(command)));
  }

  /** @remarks Cost: one query, or one for each bucket, each for little more than its share of `limit`. */
  async list<Kind extends RecordKind>(
    kind: Kind,
    { prefix = '', after = '', limit }: { readonly prefix?: string; readonly after?: string; readonly limit: number },
  ): Promise<readonly Stored<CatalogRecords[Kind]>[]> {
    const from = after < prefix ? prefix : after + FIRST_CHARACTER;
    const to = prefix + LAST_CHARACTER;
    if (from > to) return [];
    const buckets = prefix.includes('/') ? [bucketOf(prefix)] : [...Array(BUCKETS).keys()];
    const pageLimit = Math.ceil(limit / buckets.length) + (buckets.length > 1 ? PAGE_MARGIN : 0);
    const sources = buckets.map((bucket) => this.#records({ key: partitionKey(kind, bucket), from, to, pageLimit }));
    return (await mergeByName(sources, limit)) as Stored<CatalogRecords[Kind]>[];
  }

  /** The records of one bucket by name. Reads a page when its first record is needed. */
  async *#records(range: BucketRange): AsyncGenerator<Stored<unknown>> {
    let start: Item | undefined;
    do {
      const command = new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: `${PARTITION_KEY}=:key AND ${SORT_KEY} BETWEEN :from AND :to`,
        ExpressionAttributeValues: { ':key': range.key, ':from': range.from, ':to': range.to },
        Limit: range.pageLimit,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
        ConsistentRead: true,
        ReturnConsumedCapacity: 'TOTAL',
      });
      const page = await this.#calls.repeatable(this.#target('read'), (client) => client.send(command));
      for (const item of (page.Items ?? []) as Item[]) yield storedOf(item);
      start = page.LastEvaluatedKey as Item | undefined;
    } while (start !== undefined);
  }

  #target(units: Target['units']): Target {
    return { table: this.#table, units };
  }
}

interface BucketRange {
  readonly key: string;
  /** Both included. */
  readonly from: string;
  readonly to: string;
  readonly pageLimit: number;
}

/** All characters of names sort between these two. */
const FIRST_CHARACTER = ' ';
const LAST_CHARACTER = '\uffff';
/** Buckets fill unevenly; reading this many more than the bucket's share saves most second pages. */
const PAGE_MARGIN = 8;

const partitionKey = (kind: RecordKind, bucket: number): string => `${kind}#${bucket}`;
/** Processes refresh queues by version, and read all other records directly. */
const isKnownByVersion = (kind: RecordKind): boolean => kind === 'queue';
/** A partition key of its own: this item is read more than any other. */
const versionKey = (name: string): Item => ({ [PARTITION_KEY]: `version#${name}`, [SORT_KEY]: '-' });
const recordKey = (kind: RecordKind, name: string): Item => ({
  [PARTITION_KEY]: partitionKey(kind, bucketOf(name)),
  [SORT_KEY]: name,
});

/** Any even spread serves, but it can never change: it locates the records. */
function bucketOf(name: string): number {
  const [owner = ''] = name.split('/', 1);
  let hash = 0;
  for (let position = 0; position < owner.length; position++) hash = (hash * 31 + owner.charCodeAt(position)) % 65_521;
  return hash % BUCKETS;
}

/** A new record starts with its time, so that a recreated record gets no version of its predecessor. */
const nextVersion = (version: number, now: EpochMs): number => (version === 0 ? now : version + 1);

const versionFields = (version: number) =>
  version === 0
    ? { ConditionExpression: `attribute_not_exists(${PARTITION_KEY})` }
    : { ConditionExpression: `${RECORD.version}=:version`, ExpressionAttributeValues: { ':version': version } };

/** @throws QueueError `Throttled` */
function outcomeOf(answer: ConditionalAnswer<unknown>): WriteOutcome {
  if (answer.outcome === 'throttled') throw refusal('throttled', answer.cause);
  return answer.outcome === 'refused' ? 'lost' : answer.outcome;
}

function storedOf<Kind extends RecordKind>(item: Item): Stored<CatalogRecords[Kind]> {
  return {
    name: present(textAt(item, SORT_KEY), SORT_KEY),
    value: JSON.parse(present(textAt(item, RECORD.value), RECORD.value)) as CatalogRecords[Kind],
    version: present(numberAt(item, RECORD.version), RECORD.version),
  };
}

/** The first records of all sources by name. Each source is sorted by name. */
async function mergeByName<One extends { readonly name: string }>(
  sources: readonly AsyncGenerator<One>[],
  limit: number,
): Promise<One[]> {
  const next = async (source: AsyncGenerator<One>): Promise<{ source: AsyncGenerator<One>; record: One }[]> => {
    const step = await source.next();
    return step.done ? [] : [{ source, record: step.value }];
  };
  const merged: One[] = [];
  let heads = (await Promise.all(sources.map(next))).flat();
  while (merged.length < limit && heads.length > 0) {
    const least = heads.reduce((one, other) => (other.record.name < one.record.name ? other : one));
    merged.push(least.record);
    heads = [...heads.filter((head) => head !== least), ...(await next(least.source))];
  }
  return merged;
}
