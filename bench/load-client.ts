import { performance } from 'node:perf_hooks';
import { SeededRandom } from '../src/stores/simulated/seeded-random.ts';
import { recordsOf } from './bodies.ts';
import { encodePost, HttpConnection } from './http-connection.ts';

/** The client's order; it begins when the order arrives. */
export interface LoadOrder {
  readonly port: number;
  readonly queue: string;
  /** Messages of each request. */
  readonly batch: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface LoadReport {
  /** Messages that were sent, received and deleted, counted at the answer to their delete. */
  readonly lives: number;
  readonly calls: number;
  readonly seconds: number;
  /** Latencies of calls, by kind and for all together. */
  readonly latencies: Readonly<Record<CallKind | 'all', Percentiles>>;
}

export interface Percentiles {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const KINDS = ['send', 'receive', 'delete'] as const;
type CallKind = (typeof KINDS)[number];

const CONNECTIONS = 256;
const BODY_BYTES = 100;
const DIFFERENT_REQUESTS = 64;

/** Sends, receives and deletes messages on many connections, and measures between warm-up and end. */
class Load {
  readonly #order: LoadOrder;
  readonly #sends: readonly Buffer[];
  readonly #receive: Buffer;
  readonly #path: string;
  readonly #took: Record<CallKind, number[]> = { send: [], receive: [], delete: [] };
  #sendCount = 0;
  /** Sent and not received yet. */
  #backlog = 0;
  #lives = 0;
  #isMeasuring = false;
  #isOver = false;

  constructor(order: LoadOrder) {
    this.#order = order;
    this.#path = `/queues/${order.queue}`;
    const source = recordsOf(BODY_BYTES, new SeededRandom(1));
    this.#sends = Array.from({ length: DIFFERENT_REQUESTS }, () => {
      const messages = Array.from({ length: order.batch }, () => ({ body: source.next() }));
      return encodePost(`${this.#path}/messages`, JSON.stringify({ messages }));
    });
    this.#receive = encodePost(`${this.#path}/receive`, JSON.stringify({ max: order.batch }));
  }

  async run(): Promise<LoadReport> {
    const { port, warmUpMs, measureMs } = this.#order;
    const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => HttpConnection.open(port)));
    const working = Promise.all(connections.map((connection) => this.#work(connection)));
    await Promise.race([working, pause(warmUpMs)]);
    this.#isMeasuring = true;
    const startMs = performance.now();
    await Promise.race([working, pause(measureMs)]);
    this.#isMeasuring = false;
    const seconds = (performance.now() - startMs) / 1_000;
    this.#isOver = true;
    await working;
    for (const connection of connections) connection.close();
    const all = Object.values(this.#took).flat();
    const { send, receive, delete: deleted } = this.#took;
    return {
      lives: this.#lives,
      calls: all.length,
      seconds,
      latencies: {
        send: percentiles(send),
        receive: percentiles(receive),
        delete: percentiles(deleted),
        all: percentiles(all),
      },
    };
  }

  async #work(connection: HttpConnection): Promise<void> {
    const { batch } = this.#order;
    while (!this.#isOver) {
      // When receives return fewer messages than requested, sends wait for them.
      if (this.#backlog < CONNECTIONS * batch) {
        const send = this.#sends[this.#sendCount++ % DIFFERENT_REQUESTS];
        if (send !== undefined) await this.#call('send', connection, send);
        this.#backlog += batch;
      }
      const receipts = receiptsIn(await this.#call('receive', connection, this.#receive));
      if (receipts.length === 0) continue;
      this.#backlog -= receipts.length;
      const request = encodePost(`${this.#path}/delete`, `{"receipts":[${receipts.join(',')}]}`);
      const answer = await this.#call('delete', connection, request);
      if (!answer.includes('"failed":[]')) throw new Error(`a delete failed: ${answer.toString()}`);
      if (this.#isMeasuring) this.#lives += receipts.length;
    }
  }

  async #call(kind: CallKind, connection: HttpConnection, request: Buffer): Promise<Buffer> {
    const startMs = performance.now();
    const body = await connection.request(request);
    if (this.#isMeasuring) this.#took[kind].push(performance.now() - startMs);
    return body;
  }
}

const RECEIPT = '"receipt":';

/** The receipts of an answer, with their quotes; cutting them out costs less than parsing the rest. */
function receiptsIn(body: Buffer): string[] {
  const text = body.toString('latin1');
  const receipts: string[] = [];
  for (let at = text.indexOf(RECEIPT); at !== -1; at = text.indexOf(RECEIPT, at)) {
    const start = at + RECEIPT.length;
    at = text.indexOf('"', start + 1) + 1;
    receipts.push(text.slice(start, at));
  }
  return receipts;
}

function percentiles(values: number[]): Percentiles {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

process.on('message', (order: LoadOrder) => {
  void new Load(order).run().then((report) => process.send?.(report));
});
