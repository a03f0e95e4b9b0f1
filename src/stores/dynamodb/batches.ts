import { BatchGetCommand, BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { ShardKey } from '../../model/ids.ts';
import type { Calls, Target } from './calls.ts';
import { failureOf, refusal } from './failures.ts';
import type { Item } from './items.ts';
import { PARTITION_KEY, SORT_KEY } from './keys.ts';

/** DynamoDB's limit for one call. 25 items of the largest size, 400 KB, stay below its limit of 16 MB. */
const WRITES_PER_CALL_MAX = 25;
/** DynamoDB's limit for one call. The part of an answer beyond 16 MB comes back as unprocessed. */
const READS_PER_CALL_MAX = 100;

/** Puts an item, or removes the item of that key. */
export interface Write {
  readonly table: string;
  readonly kind: 'put' | 'remove';
  readonly item: Item;
  readonly shard?: ShardKey;
}

/** `throttled`: certainly not done. `unclear`: one try got no answer. */
export type WriteOutcome = 'done' | 'throttled' | 'unclear';

/** Writes without conditions, all calls at once; one outcome for each write. No key may occur twice. */
export async function writeInBatches(calls: Calls, writes: readonly Write[]): Promise<Map<Write, WriteOutcome>> {
  const batches = inBatches(writes, WRITES_PER_CALL_MAX);
  const outcomes = await Promise.all(batches.map((batch) => writeBatch(calls, batch)));
  return new Map(outcomes.flatMap((some) => [...some]));
}

/** Tries the batch, then its remainder. After a try without an answer, no later try can make a write `throttled`. */
async function writeBatch(calls: Calls, { table, entries }: Batch<Write>): Promise<Map<Write, WriteOutcome>> {
  const outcomes = new Map<Write, WriteOutcome>(entries.map((write) => [write, 'throttled']));
  let left = entries;
  for await (const _ of calls.tries()) {
    try {
      const unprocessed = await writeOnce(calls, table, left);
      for (const write of left) if (!unprocessed.includes(write)) outcomes.set(write, 'done');
      left = unprocessed;
    } catch (error) {
      const failure = failureOf(error);
      if (failure === 'wrong') throw error;
      if (failure === 'unanswered') for (const write of left) outcomes.set(write, 'unclear');
    }
    if (left.length === 0) break;
  }
  return outcomes;
}

/** Makes one try. Returns the writes that were not done. */
async function writeOnce(calls: Calls, table: string, writes: readonly Write[]): Promise<readonly Write[]> {
  const command = new BatchWriteCommand({
    RequestItems: { [table]: writes.map(requestOf) },
    ReturnConsumedCapacity: 'TOTAL',
  });
  const target: Target = { table, units: 'write', shares: sharesOf(writes) };
  const { UnprocessedItems = {} } = await calls.once(target, (client) => client.send(command));
  const leftOver = (UnprocessedItems[table] ?? []).map(({ PutRequest, DeleteRequest }) =>
    keyText(PutRequest?.Item ?? DeleteRequest?.Key),
  );
  const unprocessed = writes.filter(({ item }) => leftOver.includes(keyText(item)));
  for (const { shard } of unprocessed) calls.reportThrottle({ table, shard }, 'Unprocessed');
  return unprocessed;
}

const requestOf = ({ kind, item }: Write) =>
  kind === 'put' ? { PutRequest: { Item: item } } : { DeleteRequest: { Key: item } };

const keyText = (item: Record<string, unknown> = {}): string => JSON.stringify([item[PARTITION_KEY], item[SORT_KEY]]);

/**
 * The units that a batch wrote of each shard: one for each delivery, because deliveries are made to fit one unit. The
 * rest goes to blocks, whose key values are their own and heat no shard.
 */
function sharesOf(writes: readonly Write[]): Map<ShardKey, number> {
  const shares = new Map<ShardKey, number>();
  for (const { shard } of writes) if (shard !== undefined) shares.set(shard, (shares.get(shard) ?? 0) + 1);
  return shares;
}

/** The key of an item to read. */
export interface Read {
  readonly table: string;
  readonly key: Item;
}

/** Reads consistently, all calls at once, and leaves out missing items. No key may occur twice. @throws QueueError */
export async function readInBatches(calls: Calls, reads: readonly Read[]): Promise<Item[]> {
  const items = await Promise.all(inBatches(reads, READS_PER_CALL_MAX).map((batch) => readBatch(calls, batch)));
  return items.flat();
}

async function readBatch(calls: Calls, { table, entries }: Batch<Read>): Promise<Item[]> {
  const items: Item[] = [];
  let keys: Record<string, unknown>[] = entries.map(({ key }) => key);
  for await (const _ of calls.tries()) {
    const command = new BatchGetCommand({
      RequestItems: { [table]: { Keys: keys, ConsistentRead: true } },
      ReturnConsumedCapacity: 'TOTAL',
    });
    const answer = await calls.repeatable({ table, units: 'read' }, (client) => client.send(command));
    items.push(...((answer.Responses?.[table] ?? []) as Item[]));
    keys = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    if (keys.length === 0) return items;
    for (const _key of keys) calls.reportThrottle({ table }, 'Unprocessed');
  }
  throw refusal('throttled');
}

interface Batch<Entry> {
  readonly table: string;
  readonly entries: readonly Entry[];
}

/** Cuts into batches of one table each, so that trouble in one cell does not reach another. */
function inBatches<Entry extends { readonly table: string }>(all: readonly Entry[], size: number): Batch<Entry>[] {
  const tables = new Set(all.map(({ table }) => table));
  return [...tables].flatMap((table) => {
    const entries = all.filter((entry) => entry.table === table);
    const starts = Array.from({ length: Math.ceil(entries.length / size) }, (_, number) => number * size);
    return starts.map((start) => ({ table, entries: entries.slice(start, start + size) }));
  });
}
