import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { SeededRandom } from '../src/stores/simulated/seeded-random.ts';
import { startServerProcess } from '../test/support/server-process.ts';
import { type BodySource, ordersOf, recordsOf } from './bodies.ts';
import { encodePost, HttpConnection } from './http-connection.ts';
import { rewindUnitsPerMillion } from './rewind-units.ts';

interface Figures {
  readonly bytes: number;
  readonly messages: number;
  /** From the answer to the start of the rewind until a waiting consumer had a message. */
  readonly firstSeconds: number;
  /** From there until the job was done and all messages counted as ready. */
  readonly receivableSeconds: number;
  readonly writeUnitsPerMillion: number;
  /** Peak resident memory of the server. */
  readonly peakMemoryMb: number;
  readonly consumedSeconds: number;
  readonly missing: number;
  readonly doubled: number;
}

const BODIES: Readonly<Record<number, (random: SeededRandom) => BodySource>> = {
  100: (random) => recordsOf(100, random),
  1024: (random) => ordersOf(1_024, random),
};
const SEED = 20_261_122;
const PER_REQUEST = 100;
const DIFFERENT_REQUESTS = 64;
const CONNECTIONS = 24;
const LOOK_EVERY_MS = 20;
const QUEUE = '/queues/bench';
/** The epoch: everything that was ever sent. */
const FROM = '1970-01-01T00:00:00.000Z';

const { json, messages, profile } = new Command('npm run bench -- rewind')
  .description('Lets messages live through the local server, rewinds them all, and consumes them again.')
  .option('--json <file>', 'write the figures there as well')
  .option('--messages <count>', 'messages of each size', '1000000')
  .option('--profile <directory>', 'write CPU profiles of the server there')
  .parse()
  .opts<{ json?: string; messages: string; profile?: string }>();

const figures: Figures[] = [];
for (const bytes of Object.keys(BODIES).map(Number)) figures.push(await measure(bytes, Number(messages)));
if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);

async function measure(bytes: number, count: number): Promise<Figures> {
  const directory = mkdtempSync(join(tmpdir(), 'rewindmq-bench-'));
  const options = profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile];
  const server = await startServerProcess(directory, options);
  try {
    await call('PUT', server.url + QUEUE, {});
    const connections = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => HttpConnection.open(Number(new URL(server.url).port))),
    );
    const sent = await sendAll(connections, bytes, count);
    const first = await consume(connections, sent);
    if (first.missing > 0 || first.doubled > 0) throw new Error(`the first round: ${JSON.stringify(first)}`);
    const rewound = await rewind(server.url, connections, count);
    const { seconds, missing, doubled } = await consume(connections, sent);
    for (const connection of connections) connection.close();
    const found = {
      bytes,
      messages: count,
      ...rewound,
      writeUnitsPerMillion: await rewindUnitsPerMillion((BODIES[bytes] ?? fail)(new SeededRandom(SEED))),
      peakMemoryMb: peakMemoryMb(server.processId),
      consumedSeconds: rounded(seconds),
      missing,
      doubled,
    };
    say(
      Object.entries(found)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    );
    return found;
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true });
  }
}

/** Sends in requests of 100, on all connections at once; returns the ids of the messages. */
async function sendAll(connections: readonly HttpConnection[], bytes: number, count: number): Promise<Set<string>> {
  const startMs = performance.now();
  const source = (BODIES[bytes] ?? fail)(new SeededRandom(SEED));
  const requests = Array.from({ length: DIFFERENT_REQUESTS }, () => {
    const request = { messages: Array.from({ length: PER_REQUEST }, () => ({ body: source.next() })) };
    return encodePost(`${QUEUE}/messages`, JSON.stringify(request));
  });
  const ids = new Set<string>();
  let started = 0;
  await Promise.all(
    connections.map(async (connection) => {
      while (started < count) {
        const request = requests[(started / PER_REQUEST) % DIFFERENT_REQUESTS] ?? fail();
        started += PER_REQUEST;
        const answer = parse(await connection.request(request)) as { messages: { id: string }[] };
        for (const { id } of answer.messages) ids.add(id);
      }
    }),
  );
  say(`sent ${ids.size} messages of ${bytes} bytes in ${rounded((performance.now() - startMs) / 1_000)} s`);
  return ids;
}

/** Receives and deletes until every message came, or no more come; checks each id. */
async function consume(
  connections: readonly HttpConnection[],
  sent: ReadonlySet<string>,
): Promise<{ seconds: number; missing: number; doubled: number }> {
  const startMs = performance.now();
  const waiting = new Set(sent);
  let doubled = 0;
  await Promise.all(
    connections.map(async (connection) => {
      for (;;) {
        // The last receives wait a little, so that duplicates have time to come.
        const wish = { max: PER_REQUEST, ...(waiting.size === 0 ? { waitSeconds: 1 } : {}) };
        const receive = encodePost(`${QUEUE}/receive`, JSON.stringify(wish));
        const { messages: received } = parse(await connection.request(receive)) as Received;
        if (received.length === 0) return;
        for (const { id } of received) if (!waiting.delete(id)) doubled++;
        const receipts = received.map(({ receipt }) => receipt);
        const remove = encodePost(`${QUEUE}/delete`, JSON.stringify({ receipts }));
        const { failed } = parse(await connection.request(remove)) as { failed: object[] };
        if (failed.length > 0) throw new Error(`a delete failed: ${JSON.stringify(failed[0])}`);
      }
    }),
  );
  const seconds = (performance.now() - startMs) / 1_000;
  say(`consumed in ${rounded(seconds)} s, ${waiting.size} missing, ${doubled} doubled`);
  return { seconds, missing: waiting.size, doubled };
}

interface Received {
  readonly messages: readonly { readonly id: string; readonly receipt: string }[];
}

async function rewind(
  url: string,
  [connection = fail()]: readonly HttpConnection[],
  count: number,
): Promise<Pick<Figures, 'firstSeconds' | 'receivableSeconds'>> {
  const { id } = (await call('POST', `${url}${QUEUE}/rewinds`, { from: FROM })) as { id: string };
  const startMs = performance.now();
  const first = receiveOne(connection).then(() => performance.now() - startMs);
  for (;;) {
    const { state, error } = (await call('GET', `${url}${QUEUE}/rewinds/${id}`)) as { state: string; error?: string };
    if (state === 'done') break;
    if (state !== 'running') throw new Error(`the rewind is ${state}: ${error}`);
    await sleep(LOOK_EVERY_MS);
  }
  const doneMs = performance.now() - startMs;
  for (;;) {
    const { counts } = (await call('GET', url + QUEUE)) as { counts: { ready: number } };
    if (counts.ready === count) break;
    await sleep(LOOK_EVERY_MS);
  }
  const receivableMs = performance.now() - startMs;
  say(`the job took ${rounded(doneMs / 1_000)} s; all were ready after ${rounded(receivableMs / 1_000)} s`);
  return { firstSeconds: rounded((await first) / 1_000), receivableSeconds: rounded(receivableMs / 1_000) };
}

/** Waits for a message like any consumer, and releases it at once. */
async function receiveOne(connection: HttpConnection): Promise<void> {
  const receive = encodePost(`${QUEUE}/receive`, JSON.stringify({ max: 1, waitSeconds: 20 }));
  const { messages: received } = parse(await connection.request(receive)) as Received;
  const receipts = received.map(({ receipt }) => receipt);
  const giveBack = encodePost(`${QUEUE}/visibility`, JSON.stringify({ receipts, visibilitySeconds: 0 }));
  await connection.request(giveBack);
}

function peakMemoryMb(processId: number): number {
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${processId}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1_024);
}

async function call(method: string, url: string, body?: object): Promise<unknown> {
  const answer = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
  return await answer.json();
}

function parse(body: Buffer): unknown {
  return JSON.parse(body.toString());
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}

function fail(): never {
  throw new Error('there is always one');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
