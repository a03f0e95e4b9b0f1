import { BatchGetCommand, BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { ShardKey } from '../../model/ids.ts';
import type { Calls, Target } from './calls.ts';
import { failureOf, refusal } from './failures.ts';
import type { Item } from './items.ts';
import { PARTITION_KEY, SORT_KEY } from './keys.ts';

/** DynamoDB's limit of a call. 25 items of its largest size, 400 KB, stay below its limit of 16 MB. */
const WRITES_PER_CALL_MAX = 25;
/** DynamoDB's limit of a call. What goes beyond 16 MB of an answer comes back as unprocessed. */
const READS_PER_CALL_MAX = 100;

/** Puts an item, or removes the one of that key. */
export interface Write {
  readonly table: string;
  readonly kind: 'put' | 'remove';
  readonly item: Item;
  readonly shard?: ShardKey;
}

/** `throttled`: surely not done. `unclear`: a try was not answered. */
export type WriteOutcome = 'done' | 'throttled' | 'unclear';

/** Writes without conditions, no key twice, all calls at once; one outcome for each write. */
export async function writeInBatches(calls: Calls, writes: readonly Write[]): Promise<Map<Write, WriteOutcome>> {
  const batches = inBatches(writes, WRITES_PER_CALL_MAX);
  const outcomes = await Promise.all(batches.map((batch) => writeBatch(calls, batch)));
  return new Map(outcomes.flatMap((some) => [...some]));
}

/** Tries the batch, then what was left over of it. What a try did not answer for, a later one cannot call throttled. */
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

/** One try; answers with what was not done. */
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
 * What a batch writes of each shard: one unit for each delivery, as deliveries are made to fit one. What it uses beyond
 * that goes to blocks, which lie under key values of their own and heat no shard.
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

/** Reads consistently, no key twice, all calls at once; missing items are left out. @throws QueueError */
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
