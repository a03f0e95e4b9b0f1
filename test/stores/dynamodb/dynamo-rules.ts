import { itemBytes } from '../../../bench/item-size.ts';
import type { WireItem, WireValue } from '../../../bench/wire.ts';
import { PARTITION_KEY, SORT_KEY } from '../../../src/stores/dynamodb/keys.ts';

/** Limits of DynamoDB that its doubles do not enforce, from its documentation of quotas and of each operation. */
const ITEM_BYTES_MAX = 400 * 1_024;
const EXPRESSION_BYTES_MAX = 4 * 1_024;
const WRITES_MAX = 25;
const READS_MAX = 100;
const DIGITS_MAX = 38;
export const ANSWER_BYTES_MAX = 16 * 1_024 * 1_024;
export const PAGE_BYTES_MAX = 1_024 * 1_024;

const EXPRESSIONS = [
  'UpdateExpression',
  'ConditionExpression',
  'KeyConditionExpression',
  'FilterExpression',
  'ProjectionExpression',
] as const;

interface WriteRequest {
  readonly PutRequest?: { readonly Item: WireItem };
  readonly DeleteRequest?: { readonly Key: WireItem };
}

interface ReadRequest {
  readonly Keys: readonly WireItem[];
}

/** A request in its wire form. */
export type WireRequest = Partial<Record<(typeof EXPRESSIONS)[number], string>> & {
  readonly Key?: WireItem;
  readonly Item?: WireItem;
  readonly ExpressionAttributeValues?: WireItem;
  readonly RequestItems?: Readonly<Record<string, readonly WriteRequest[] | ReadRequest>>;
};

/** An answer in its wire form. */
export interface WireAnswer {
  readonly Items?: readonly WireItem[];
  readonly Count?: number;
  readonly LastEvaluatedKey?: WireItem;
  readonly Attributes?: WireItem;
  readonly Responses?: Readonly<Record<string, readonly WireItem[]>>;
  readonly UnprocessedKeys?: Readonly<Record<string, ReadRequest>>;
}

/** Why DynamoDB refuses a request; `undefined` when it accepts it. */
export function refusalOf(request: WireRequest): string | undefined {
  const tables = Object.values(request.RequestItems ?? {});
  const writes = tables.flatMap((some) => ('Keys' in some ? [] : some));
  const reads = tables.flatMap((some) => ('Keys' in some ? some.Keys : []));
  const puts = present([request.Item, ...writes.map(({ PutRequest }) => PutRequest?.Item)]);
  const keys = present([request.Key, ...puts, ...writes.map(writtenKey), ...reads]);
  const values = present([request.ExpressionAttributeValues, ...keys]).flatMap((some) => Object.values(some));
  const long = EXPRESSIONS.find((name) => Buffer.byteLength(request[name] ?? '') > EXPRESSION_BYTES_MAX);
  if (long !== undefined) return `${long} has exceeded the maximum length of 4096 bytes`;
  if (writes.length > WRITES_MAX) return `a batch has ${writes.length} writes, more than ${WRITES_MAX}`;
  if (reads.length > READS_MAX) return `a batch has ${reads.length} reads, more than ${READS_MAX}`;
  if (sum(puts.map(itemBytes)) > ANSWER_BYTES_MAX) return 'a batch writes more than 16 MB';
  if (puts.some((item) => itemBytes(item) > ITEM_BYTES_MAX)) return 'Item size has exceeded the maximum allowed size';
  if (keys.some(hasEmptyKey)) return 'a key attribute holds an empty string';
  if (hasDuplicates(tables)) return 'Provided list of item keys contains duplicates';
  if (values.some(hasTooManyDigits))
    return `Attempting to store more than ${DIGITS_MAX} significant digits in a Number`;
  return undefined;
}

/** Why DynamoDB would have refused an update: its item is too large. */
export const refusalOfAnswer = ({ Attributes: item }: WireAnswer): string | undefined =>
  item !== undefined && itemBytes(item) > ITEM_BYTES_MAX ? 'Item size to update has exceeded the maximum' : undefined;

/** The answer with DynamoDB's limits: a page ends at 1 MB, and the part of a batch beyond 16 MB is left over. */
export function cutAnswer(request: WireRequest, answer: WireAnswer): WireAnswer {
  if (answer.Items !== undefined) {
    const kept = within(answer.Items, PAGE_BYTES_MAX);
    const last = kept.at(-1);
    if (kept.length === answer.Items.length || last === undefined) return answer;
    return { ...answer, Items: kept, Count: kept.length, LastEvaluatedKey: keyOf(last) };
  }
  if (answer.Responses === undefined) return answer;
  const all = Object.entries(answer.Responses).flatMap(([table, items]) => items.map((item) => ({ table, item })));
  const kept = within(all, ANSWER_BYTES_MAX, ({ item }) => item);
  if (kept.length === all.length) return answer;
  const unprocessed = { ...answer.UnprocessedKeys };
  for (const { table, item } of all.slice(kept.length)) {
    const asked = request.RequestItems?.[table] as ReadRequest;
    unprocessed[table] = { ...asked, Keys: [...(unprocessed[table]?.Keys ?? []), keyOf(item)] };
  }
  const tables = Object.keys(answer.Responses);
  const ofTable = (table: string) => kept.filter((one) => one.table === table).map(({ item }) => item);
  return {
    ...answer,
    Responses: Object.fromEntries(tables.map((table) => [table, ofTable(table)])),
    UnprocessedKeys: unprocessed,
  };
}

/** As many from the start as fit together, including the one that reaches the limit. */
function within<One>(all: readonly One[], bytesMax: number, itemOf = (one: One) => one as WireItem): One[] {
  let bytes = 0;
  return all.filter((one) => {
    const fits = bytes < bytesMax;
    bytes += itemBytes(itemOf(one));
    return fits;
  });
}

const keyOf = (item: WireItem): WireItem =>
  Object.fromEntries([PARTITION_KEY, SORT_KEY].flatMap((name) => (item[name] ? [[name, item[name]]] : [])));

const writtenKey = ({ PutRequest, DeleteRequest }: WriteRequest): WireItem | undefined =>
  PutRequest?.Item ?? DeleteRequest?.Key;

const present = (items: readonly (WireItem | undefined)[]): WireItem[] => items.filter((item) => item !== undefined);

const hasEmptyKey = (item: WireItem): boolean =>
  [PARTITION_KEY, SORT_KEY].some((name) => (item[name] as { readonly S?: string } | undefined)?.S === '');

function hasDuplicates(tables: readonly (readonly WriteRequest[] | ReadRequest)[]): boolean {
  return tables.some((some) => {
    const keys = present('Keys' in some ? some.Keys : some.map(writtenKey));
    return new Set(keys.map((key) => JSON.stringify(keyOf(key)))).size < keys.length;
  });
}

function hasTooManyDigits(value: WireValue): boolean {
  if ('N' in value) return digits(value.N) > DIGITS_MAX;
  return 'NS' in value && value.NS.some((one) => digits(one) > DIGITS_MAX);
}

const digits = (text: string): number =>
  text.replace(/e.*$/iu, '').replace(/[-+.]/gu, '').replace(/^0+/u, '').replace(/0+$/u, '').length;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
