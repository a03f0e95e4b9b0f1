import {
  createServer,
  request as forward,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { itemBytes } from '../../bench/item-size.ts';
import type { WireItem, WireWrite } from '../../bench/wire.ts';
import type { OneAtATime } from './one-at-a-time.ts';

/** An engine's answer, real or injected. */
export interface EngineAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A call of a function by a function. */
export interface FunctionCall {
  readonly name: string;
  readonly event: unknown;
  readonly isWaitedFor: boolean;
}

/** Answers in place of the engines; `undefined` lets a request through, an error ends its connection. */
export type Fault = (asked: readonly string[]) => Promise<EngineAnswer> | EngineAnswer | undefined;
export const NO_FAULT: Fault = () => undefined;

/**
 * Sits between a function and the engines, forwards everything, and records requests as IAM's `action on resource`. It
 * sees the wire, not our code.
 */
export class Recorder {
  readonly asked = new Set<string>();
  /** The present failure of the engines. */
  fault: Fault = NO_FAULT;
  /** Called with tables that a function may have written to. */
  onWrite: (tables: readonly string[]) => void = () => {};
  /** This function's requests to the engines, and the longest call with its wait for others. */
  readonly load = { calls: 0, slowestMs: 0, writeUnits: 0, objectPuts: 0 };
  /** No engine executes a state machine with real functions: the owner of this recorder does. */
  onStart: (input: object) => void = () => {};
  /** Calls another function, or one of users, by its name or ARN. */
  onCall: (call: FunctionCall) => Promise<EngineAnswer> = () => Promise.reject(new Error('no function is called here'));
  readonly #engine: URL;
  readonly #writes: OneAtATime;
  readonly #server: Server;

  static async open(engine: URL, writes: OneAtATime): Promise<Recorder> {
    const recorder = new Recorder(engine, writes);
    await new Promise<void>((resolve) => recorder.#server.listen(0, '127.0.0.1', resolve));
    return recorder;
  }

  private constructor(engine: URL, writes: OneAtATime) {
    this.#engine = engine;
    this.#writes = writes;
    this.#server = createServer((request, response) => {
      this.#answer(request).then(
        ({ status, headers, body }) => response.writeHead(status, headers).end(body),
        () => response.destroy(),
      );
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage): Promise<EngineAnswer> {
    const body = await bytesOf(request);
    const asked = askedFor(request, body);
    for (const one of asked) this.asked.add(one);
    const failed = await this.fault(asked);
    if (failed !== undefined) return failed;
    const [, called] = FUNCTION_PATH.exec(request.url ?? '') ?? [];
    if (called !== undefined) {
      const isWaitedFor = request.headers['x-amz-invocation-type'] === 'RequestResponse';
      return await this.onCall({ name: decodeURIComponent(called), event: JSON.parse(body.toString()), isWaitedFor });
    }
    if (asked.some((one) => one.startsWith('states:'))) {
      this.onStart(JSON.parse((JSON.parse(body.toString()) as { input: string }).input) as object);
      return { status: 200, headers: {}, body: Buffer.from('{}') };
    }
    const startMs = performance.now();
    try {
      if (!asked.some((one) => WRITES.test(one))) return await this.#pass(request, body);
      return await this.#writes.run(() => this.#pass(request, body));
    } finally {
      this.load.calls += 1;
      if (asked.includes('s3:PutObject on bucket/archive/*')) this.load.objectPuts += 1;
      this.load.slowestMs = Math.max(this.load.slowestMs, performance.now() - startMs);
      if (asked.some((one) => WRITES.test(one))) {
        const written = JSON.parse(body.toString()) as TableRequest;
        this.load.writeUnits += unitsOf(written);
        this.onWrite(tablesOf(written));
      }
    }
  }

  #pass({ method, url, headers }: IncomingMessage, body: Buffer): Promise<EngineAnswer> {
    return new Promise((resolve, reject) => {
      const { hostname: host, port } = this.#engine;
      const onward = forward({ host, port, method, path: url, headers }, (answer) => {
        bytesOf(answer).then(
          (bytes) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: bytes }),
          reject,
        );
      });
      onward.on('error', reject);
      onward.end(body);
    });
  }
}

/** The engine checks a condition and then writes, with other calls in between; DynamoDB does both atomically. */
const WRITES = /^dynamodb:(PutItem|UpdateItem|DeleteItem|BatchWriteItem) /;

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function askedFor(request: IncomingMessage, body: Buffer): string[] {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') {
    if (target.startsWith(STATES)) return [`states:${target.slice(STATES.length)} on rewinds`];
    if (target.startsWith('TrentService.')) return [`kms:${target.split('.')[1]} on key`];
    const action = `dynamodb:${target.split('.')[1]}`;
    return tablesOf(JSON.parse(body.toString()) as TableRequest).map((table) => `${action} on ${kindOf(table)}`);
  }
  const [, called] = FUNCTION_PATH.exec(request.url ?? '') ?? [];
  if (called !== undefined)
    return [`lambda:InvokeFunction on ${decodeURIComponent(called).replace(/^rewindmq-\w+-/, '')}`];
  const [, , area] = (request.url ?? '').split(/[/?]/);
  if (area === '' || area === undefined) return ['s3:ListBucket on bucket'];
  const isTagging = (request.url ?? '').includes('?tagging');
  const actions = isTagging ? [] : [S3_ACTIONS[request.method ?? ''] ?? request.method];
  if (isTagging || request.headers['x-amz-tagging'] !== undefined) actions.push('PutObjectTagging');
  return actions.map((action) => `s3:${action} on bucket/${area}/*`);
}

const FUNCTION_PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
const STATES = 'AWSStepFunctions.';

const S3_ACTIONS: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  PUT: 'PutObject',
  DELETE: 'DeleteObject',
};

interface TableRequest {
  readonly TableName?: string;
  readonly Item?: WireItem;
  readonly RequestItems?: Readonly<Record<string, readonly WireWrite[]>>;
}

/** Write units of a request, by the documented rule. Removals and updates count one: their items are small here. */
function unitsOf({ Item, RequestItems }: TableRequest): number {
  const items = Object.values(RequestItems ?? { only: [{ ...(Item && { PutRequest: { Item } }) }] }).flat();
  return items
    .map(({ PutRequest }) => Math.ceil(itemBytes(PutRequest?.Item ?? {}) / WRITE_UNIT_BYTES))
    .reduce((sum, units) => sum + Math.max(1, units), 0);
}

const WRITE_UNIT_BYTES = 1_024;

const tablesOf = ({ TableName, RequestItems = {} }: TableRequest): string[] =>
  TableName === undefined ? Object.keys(RequestItems) : [TableName];

/** The cell depends on chance, so all cells count as one. */
const kindOf = (table: string): string => (/-cell-\d+$/.test(table) ? 'cells' : (table.split('-').at(-1) ?? table));
