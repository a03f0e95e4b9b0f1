/**
 * `call-overhead.ts`: the processor time of a call in middy, its layers, routing, validation and rendering, compared
 * with the engine's time for the same call. Both run in turns in one process, over stores that answer at once. Median
 * of 40 rounds.
 *
 * Fails above 0.3 ms a call. The platform's own work (its JSON, its runtime client) is not included.
 */

import middy from '@middy/core';
import { createQueue, openQueueService, type Ports, type QueueService, receive, send } from '../src/engine/index.ts';
import { cellId } from '../src/model/ids.ts';
import { DEFAULT_THRESHOLDS } from '../src/model/limits.ts';
import { NO_ATTRIBUTES } from '../src/model/message.ts';
import type { Arrivals } from '../src/ports/arrivals.ts';
import type { Catalog } from '../src/ports/catalog.ts';
import type { HttpEvent } from '../src/ports/http-event.ts';
import type { Ledger } from '../src/ports/ledger.ts';
import type { ObjectStore } from '../src/ports/object-store.ts';
import type { RewindRunner } from '../src/ports/rewind-runner.ts';
import type { ShardStore } from '../src/ports/shard-store.ts';
import { actionTable } from '../src/protocols/rest/action-table.ts';
import { receiveMessagesAction } from '../src/protocols/rest/actions/receive-messages.ts';
import { sendMessagesAction } from '../src/protocols/rest/actions/send-messages.ts';
import { type HostContext, type RestHandler, restHandler } from '../src/runtime/lambda.ts';
import { systemClock } from '../src/runtime/system-clock.ts';
import { systemRandom } from '../src/runtime/system-random.ts';
import { openTelemetry } from '../src/runtime/telemetry.ts';

const OVERHEAD_MS_MAX = 0.3;
const ROUNDS = 40;
const CALLS_PER_ROUND = 250;
const QUEUE = 'orders';

interface Case {
  readonly title: string;
  readonly path: string;
  readonly body: object;
  byEngine(service: QueueService): Promise<unknown>;
}

const BODY = 'x'.repeat(100);
const sending = (count: number): Case => {
  const messages = Array.from({ length: count }, () => ({ body: BODY, attributes: NO_ATTRIBUTES }));
  return {
    title: `send of ${count}`,
    path: 'messages',
    body: { messages: messages.map(({ body }) => ({ body })) },
    byEngine: (service) => send(service, { queue: QUEUE, messages }),
  };
};
const CASES: readonly Case[] = [
  sending(1),
  sending(10),
  sending(100),
  {
    title: 'receive of none',
    path: 'receive',
    body: { max: 10 },
    byEngine: (service) => receive(service, { queue: QUEUE, max: 10, waitMs: 0 }),
  },
];

const eventOf = ({ path, body }: Case): HttpEvent => ({
  routeKey: `POST /queues/{name}/${path}`,
  rawPath: `/queues/${QUEUE}/${path}`,
  rawQueryString: '',
  pathParameters: { name: QUEUE },
  headers: { 'content-type': 'application/json' },
  requestContext: { requestId: 'request', http: { method: 'POST' } },
  body: JSON.stringify(body),
  isBase64Encoded: false,
});

/** The fields of Lambda's context that a layer reads. */
const CONTEXT = { functionName: 'bench', functionVersion: '1', awsRequestId: 'request' } as HostContext;

/** Processor milliseconds a call: nothing here waits, and other work of the machine must not count. */
async function timed(call: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (let count = 0; count < CALLS_PER_ROUND; count++) await call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / CALLS_PER_ROUND;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** A port of which the calls here use only these methods. */
const onlyWith = <Port>(used: Partial<Port>): Port => used as Port;

/** Stores that accept everything, hold one queue, and return no messages. */
function openService(): QueueService {
  const records = new Map<string, { readonly version: number }>();
  const ports: Ports = {
    catalog: onlyWith<Catalog>({
      get: async (kind, name) => records.get(`${kind}/${name}`) as never,
      queueVersion: async (name) => records.get(`queue/${name}`)?.version ?? 0,
      tryPut: async (kind, name, value, version) => {
        const record = { name, value, version: version + 1 };
        records.set(`${kind}/${name}`, record);
        return 'done';
      },
    }),
    shards: onlyWith<ShardStore>({
      put: async (placements) => placements.map(() => 'stored'),
      list: async () => ({ deliveries: [] }),
    }),
    ledger: onlyWith<Ledger>({}),
    objects: onlyWith<ObjectStore>({}),
    arrivals: onlyWith<Arrivals>({}),
    runner: onlyWith<RewindRunner>({}),
    clock: systemClock,
    random: systemRandom,
  };
  const cells = [cellId(0)];
  return openQueueService(ports, { thresholds: DEFAULT_THRESHOLDS, cells, shardsPerQueue: 1, routeFreshMs: 1e9 });
}

/** The handler that `openRestFunction` makes, over that service. */
function openHandler(service: QueueService): RestHandler {
  const telemetry = openTelemetry('bench');
  const actions = actionTable([sendMessagesAction, receiveMessagesAction]);
  const host = { service, startedAtMs: systemClock.nowMs(), actions };
  return middy(restHandler(host, telemetry.log)).use([...telemetry.layers]) as RestHandler;
}

const service = openService();
await createQueue(service, { name: QUEUE, settings: {} });
const handler = openHandler(service);

let failed = 0;
for (const one of CASES) {
  const event = eventOf(one);
  const answer = await handler(event, CONTEXT);
  if (answer.statusCode !== 200) throw new Error(`${one.title}: ${answer.statusCode} ${answer.body}`);
  const whole: number[] = [];
  const engine: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    whole.push(await timed(() => handler(event, CONTEXT)));
    engine.push(await timed(() => one.byEngine(service)));
  }
  const overheadMs = median(whole.map((ms, round) => ms - (engine[round] ?? 0)));
  const isWithin = overheadMs <= OVERHEAD_MS_MAX;
  if (!isWithin) failed++;
  const figures = `${median(whole).toFixed(3)} ms, of which the engine ${median(engine).toFixed(3)} ms`;
  console.log(`${isWithin ? 'ok  ' : 'FAIL'} ${one.title.padEnd(16)} ${figures}: overhead ${overheadMs.toFixed(3)} ms`);
}
console.log(`${CASES.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
