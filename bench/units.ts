import { itemBytes } from './item-size.ts';
import type {
  BatchReadAnswer,
  BatchReadRequest,
  BatchWriteAnswer,
  BatchWriteRequest,
  QueryAnswer,
  QueryRequest,
  SingleAnswer,
  SingleRequest,
  WireItem,
  WireWrite,
} from './wire.ts';

/** Keys of a table and of its indexes, and the attributes that an index holds. */
export interface TableSchema {
  readonly keys: readonly string[];
  readonly indexes: readonly IndexSchema[];
}

export interface IndexSchema {
  readonly keys: readonly string[];
  readonly projected: readonly string[] | 'all';
}

/** A call that DynamoDB billed, in its wire form. */
export interface BilledCall {
  readonly operation: string;
  readonly request: object;
  /** Absent when the condition failed, which costs as well. */
  readonly answer?: object;
}

export interface Units {
  readonly read: number;
  readonly write: number;
  /** Part of `write` that indexes cost. */
  readonly indexWrite: number;
}

const WRITE_UNIT_BYTES = 1_024;
const READ_UNIT_BYTES = 4_096;

/**
 * Counts units by DynamoDB's documented rules. It remembers every item, because a write costs by the larger of the item
 * before and after it. So it needs every write, and an update must answer with the new item.
 */
export class UnitCounter {
  readonly #tables = new Map<string, TableImage>();

  knows(table: string): boolean {
    return this.#tables.has(table);
  }

  /** Treats the table as empty; a known table stays as it is. */
  learn(table: string, schema: TableSchema): void {
    if (!this.knows(table)) this.#tables.set(table, new TableImage(schema));
  }

  count({ operation, request, answer }: BilledCall): Units {
    switch (operation) {
      case 'PutItem':
      case 'UpdateItem':
      case 'DeleteItem':
        return this.#countWrite(operation, request as SingleRequest, answer);
      case 'BatchWriteItem':
        return this.#countBatchWrite(request as BatchWriteRequest, answer ?? {});
      case 'GetItem':
        return countReads([answer ?? {}], (request as SingleRequest).ConsistentRead);
      case 'BatchGetItem':
        return countBatchRead(request as BatchReadRequest, answer ?? {});
      case 'Query':
        return countQuery(request, answer ?? {});
      default:
        throw new Error(`units of ${operation} are not counted`);
    }
  }

  /** A failed condition costs as much as the existing item, or else the item to put. */
  #countWrite(operation: string, request: SingleRequest, answer: SingleAnswer | undefined): Units {
    const { TableName, Item, Key = Item ?? {} } = request;
    const table = this.#table(TableName);
    if (answer === undefined) return writes(writeUnits(table.get(Key) ?? Item), 0);
    return table.replace(Key, operation === 'DeleteItem' ? undefined : (Item ?? answer.Attributes));
  }

  #countBatchWrite({ RequestItems }: BatchWriteRequest, { UnprocessedItems = {} }: BatchWriteAnswer): Units {
    const units = Object.entries(RequestItems).flatMap(([name, requests]) => {
      const table = this.#table(name);
      const left = new Set((UnprocessedItems[name] ?? []).map((request) => table.keyText(keyOrItem(request))));
      return requests
        .filter((request) => !left.has(table.keyText(keyOrItem(request))))
        .map((request) => table.replace(keyOrItem(request), request.PutRequest?.Item));
    });
    return units.reduce(add, NO_UNITS);
  }

  #table(name: string): TableImage {
    const table = this.#tables.get(name);
    if (table === undefined) throw new Error(`the keys of table ${name} are not known`);
    return table;
  }
}

/** The items of a table. */
class TableImage {
  readonly #schema: TableSchema;
  readonly #items = new Map<string, WireItem>();

  constructor(schema: TableSchema) {
    this.#schema = schema;
  }

  keyText(item: WireItem): string {
    return JSON.stringify(this.#schema.keys.map((name) => item[name]));
  }

  get(item: WireItem): WireItem | undefined {
    return this.#items.get(this.keyText(item));
  }

  /** Puts or removes an item and counts the cost in the table and its indexes. */
  replace(key: WireItem, after: WireItem | undefined): Units {
    const before = this.get(key);
    if (after === undefined) this.#items.delete(this.keyText(key));
    else this.#items.set(this.keyText(key), after);
    const base = Math.max(writeUnits(before), writeUnits(after));
    const inIndexes = this.#schema.indexes.map((index) => this.#indexUnits(index, before, after));
    return writes(base, sum(inIndexes));
  }

  /** An entry with a new key is removed and put; an unchanged one costs nothing. */
  #indexUnits(index: IndexSchema, itemBefore: WireItem | undefined, itemAfter: WireItem | undefined): number {
    const before = this.#entryOf(index, itemBefore);
    const after = this.#entryOf(index, itemAfter);
    if (JSON.stringify(before) === JSON.stringify(after)) return 0;
    const keyOf = (entry: WireItem | undefined) => JSON.stringify(index.keys.map((name) => entry?.[name]));
    if (before !== undefined && after !== undefined && keyOf(before) === keyOf(after))
      return Math.max(writeUnits(before), writeUnits(after));
    return sum([before, after].map((entry) => (entry === undefined ? 0 : writeUnits(entry))));
  }

  #entryOf({ keys, projected }: IndexSchema, item: WireItem | undefined): WireItem | undefined {
    if (item === undefined || keys.some((name) => item[name] === undefined)) return undefined;
    const held = new Set([...this.#schema.keys, ...keys, ...(projected === 'all' ? Object.keys(item) : projected)]);
    const attributes = Object.entries(item).filter(([name]) => held.has(name));
    return Object.fromEntries(attributes.sort(([one], [other]) => (one < other ? -1 : 1)));
  }
}

/** Each item by itself; a missing one costs as much as the smallest. */
function countReads(answers: readonly SingleAnswer[], isConsistent: boolean | undefined): Units {
  return reads(sum(answers.map(({ Item }) => readUnits(Item === undefined ? 0 : itemBytes(Item)))), isConsistent);
}

function countBatchRead({ RequestItems }: BatchReadRequest, answer: BatchReadAnswer): Units {
  const units = Object.entries(RequestItems).map(([name, { Keys, ConsistentRead }]) => {
    const found = (answer.Responses?.[name] ?? []).map((Item) => ({ Item }));
    const missing = Keys.length - found.length - (answer.UnprocessedKeys?.[name]?.Keys.length ?? 0);
    return countReads([...found, ...Array.from({ length: missing }, () => ({}))], ConsistentRead);
  });
  return units.reduce(add, NO_UNITS);
}

/** All items together, rounded up once. */
function countQuery(request: QueryRequest, { Items = [] }: QueryAnswer): Units {
  if (request.FilterExpression ?? request.ProjectionExpression ?? request.Select)
    throw new Error('a query that does not show all it read cannot be counted');
  return reads(readUnits(sum(Items.map(itemBytes))), request.ConsistentRead);
}

const NO_UNITS: Units = { read: 0, write: 0, indexWrite: 0 };

const add = (one: Units, other: Units): Units => ({
  read: one.read + other.read,
  write: one.write + other.write,
  indexWrite: one.indexWrite + other.indexWrite,
});

const reads = (units: number, isConsistent = false): Units => ({ ...NO_UNITS, read: isConsistent ? units : units / 2 });
const writes = (base: number, indexWrite: number): Units => ({ read: 0, write: base + indexWrite, indexWrite });

/** Absent items cost as much as the smallest, and so does removing one. */
const writeUnits = (item: WireItem | undefined): number =>
  Math.max(1, Math.ceil((item === undefined ? 0 : itemBytes(item)) / WRITE_UNIT_BYTES));
const readUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const keyOrItem = ({ PutRequest, DeleteRequest }: WireWrite): WireItem => PutRequest?.Item ?? DeleteRequest?.Key ?? {};
