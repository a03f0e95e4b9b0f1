import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from './engine.ts';

interface Record {
  readonly dynamodb: {
    readonly SequenceNumber: string;
    readonly Keys: { readonly s: { readonly S: string } };
    readonly NewImage?: { readonly q?: object };
  };
}

/** The filters of the template's mappings. */
const DELIVERIES = ({ dynamodb }: Record): boolean => dynamodb.Keys.s.S !== '-';
export const MARKED = ({ dynamodb }: Record): boolean => dynamodb.NewImage?.q !== undefined;

const PAUSE_MS = 50;
/** A stream delivers a batch at least once. */
const GIVEN_TWICE_EVERY = 3;
const STREAMS = 'DynamoDBStreams_20120810';
/** The engine counts from 0; the service's numbers are never that small. */
const SEQUENCE_START = 10n ** 20n;

/** Acts as a function's trigger: reads a stream, applies the filter, and repeats batches. */
export class StreamFollower {
  readonly #engine: Engine;
  readonly #invoke: (event: object) => Promise<unknown>;
  readonly #followed: Promise<void>[] = [];
  /** Tables with writes since their stream was read. */
  readonly #written = new Set<string>();
  readonly #waiting = new Map<string, () => void>();
  #isClosed = false;
  #given = 0;
  readonly #windowMs: number;
  readonly #isWanted: (record: Record) => boolean;
  /** Batches on which the function failed. */
  failures = 0;
  runs = 0;

  /** @param windowMs - how long it gathers records; 0: it takes what there is, and gives some batches twice */
  constructor(
    engine: Engine,
    invoke: (event: object) => Promise<unknown>,
    windowMs: number,
    isWanted: (record: Record) => boolean = DELIVERIES,
  ) {
    this.#isWanted = isWanted;
    this.#engine = engine;
    this.#invoke = invoke;
    this.#windowMs = windowMs;
  }

  follow(table: string): void {
    this.#followed.push(this.#follow(table));
  }

  /** Schedules a read of a table's stream: needless reads would take the engine's time from the tests. */
  wake(table: string): void {
    this.#written.add(table);
    this.#waiting.get(table)?.();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const wake of this.#waiting.values()) wake();
    await Promise.all(this.#followed);
  }

  async #follow(table: string): Promise<void> {
    let iterator = await this.#firstIterator(table);
    while (!this.#isClosed) {
      this.#written.delete(table);
      type Answer = { Records: Record[]; NextShardIterator: string };
      const { Records: records, NextShardIterator } = await this.#engine.call<Answer>(`${STREAMS}.GetRecords`, {
        ShardIterator: iterator,
      });
      iterator = NextShardIterator;
      const wanted = records.filter(this.#isWanted).map(asServed);
      if (wanted.length > 0) await this.#give(wanted);
      if (records.length === 0) await this.#untilWritten(table);
    }
  }

  async #untilWritten(table: string): Promise<void> {
    if (this.#written.has(table) || this.#isClosed) return;
    await new Promise<void>((resolve) => this.#waiting.set(table, resolve));
    this.#waiting.delete(table);
    if (this.#windowMs > 0) await sleep(this.#windowMs);
  }

  async #give(records: readonly Record[]): Promise<void> {
    while (!this.#isClosed) {
      this.runs++;
      const answer = (await this.#invoke({ Records: records })) as { errorType?: string } | null | undefined;
      const isGivenTwice = this.#windowMs === 0 && ++this.#given % GIVEN_TWICE_EVERY === 0;
      if (answer?.errorType === undefined && !isGivenTwice) return;
      if (answer?.errorType === undefined) continue;
      this.failures++;
      await sleep(PAUSE_MS);
    }
  }

  async #firstIterator(table: string): Promise<string> {
    type Described = { Table: { LatestStreamArn: string } };
    const { Table } = await this.#engine.call<Described>('DynamoDB_20120810.DescribeTable', { TableName: table });
    const StreamArn = Table.LatestStreamArn;
    type Stream = { StreamDescription: { Shards: { ShardId: string }[] } };
    const { StreamDescription } = await this.#engine.call<Stream>(`${STREAMS}.DescribeStream`, { StreamArn });
    const { ShardIterator } = await this.#engine.call<{ ShardIterator: string }>(`${STREAMS}.GetShardIterator`, {
      StreamArn,
      ShardId: StreamDescription.Shards[0]?.ShardId,
      ShardIteratorType: 'TRIM_HORIZON',
    });
    return ShardIterator;
  }
}

function asServed({ dynamodb, ...record }: Record): Record {
  const SequenceNumber = String(BigInt(dynamodb.SequenceNumber) + SEQUENCE_START);
  return { ...record, dynamodb: { ...dynamodb, SequenceNumber } };
}
