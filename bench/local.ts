import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { SeededRandom } from '../src/stores/simulated/seeded-random.ts';
import { type ServerProcess, startServerProcess } from '../test/support/server-process.ts';
import { recordsOf } from './bodies.ts';
import type { FloorAnswers } from './floor-server.ts';
import type { LoadOrder, LoadReport } from './load-client.ts';

const BATCHES = [1, 10, 100];
const ROUNDS = 3;
const WARM_UP_MS = 1_000;
const MEASURE_MS = 3_000;
const TICKS_PER_SECOND = 100;

/** One measured server. */
interface Measured {
  readonly port: number;
  readonly processId: number;
  /** Creates a queue for a round; the floor needs none. */
  readonly makeQueue: (name: string) => Promise<void>;
}

interface Round {
  readonly livesPerSecond: number;
  /** CPU of the server for one call, over all its threads; absent if the system does not report it. */
  readonly cpuMicroseconds: number | undefined;
  readonly latencies: LoadReport['latencies'];
}

const {
  json,
  profile,
  batch: only,
} = new Command('npm run bench -- local')
  .description('Measures full lives a second of the local server, beside the least that a node:http server can do.')
  .option('--json <file>', 'write the figures there as well')
  .option('--profile <directory>', 'write a CPU profile of the server there')
  .option('--batch <messages>', 'measure one size of batch alone: 1, 10 or 100', Number)
  .parse()
  .opts<{ json?: string; profile?: string; batch?: number }>();

const directory = mkdtempSync(join(tmpdir(), 'rewindmq-bench-'));
const server = await startServerProcess(
  directory,
  profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile],
);
const floorProcess = forkModule('floor-server.ts');
const client = forkModule('load-client.ts');
try {
  const ours = measuredServer(server);
  floorProcess.send(await sampleAnswers(server.url));
  const [port] = (await once(floorProcess, 'message')) as [number];
  const floor = { port, processId: floorProcess.pid ?? 0, makeQueue: async () => undefined };
  const figures = [];
  for (const batch of only === undefined ? BATCHES : [only]) figures.push(await measureBatch(batch, ours, floor));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);
} finally {
  client.kill();
  floorProcess.kill();
  await server.stop();
  rmSync(directory, { recursive: true });
}

/** Rounds alternate, so that other work of the machine affects both. */
async function measureBatch(batch: number, ours: Measured, floor: Measured) {
  const rounds: { ours: Round; floor: Round }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const queue = `bench-${batch}-${round}`;
    rounds.push({ ours: await measure(ours, batch, queue), floor: await measure(floor, batch, queue) });
  }
  const our = medianRound(rounds.map((round) => round.ours));
  const least = medianRound(rounds.map((round) => round.floor));
  print(batch, our, least);
  return {
    batch,
    livesPerSecond: Math.round(our.livesPerSecond),
    floorLivesPerSecond: Math.round(least.livesPerSecond),
    ratio: Number((our.livesPerSecond / least.livesPerSecond).toFixed(3)),
    p50Ms: Number(our.latencies.all.p50Ms.toFixed(2)),
    p99Ms: Number(our.latencies.all.p99Ms.toFixed(2)),
  };
}

async function measure({ port, processId, makeQueue }: Measured, batch: number, queue: string): Promise<Round> {
  await makeQueue(queue);
  const cpuBefore = cpuSeconds(processId);
  const order: LoadOrder = { port, queue, batch, warmUpMs: WARM_UP_MS, measureMs: MEASURE_MS };
  client.send(order);
  const [report] = (await once(client, 'message')) as [LoadReport];
  const cpuAfter = cpuSeconds(processId);
  const callsInAll = (report.calls * (WARM_UP_MS / 1_000 + report.seconds)) / report.seconds;
  return {
    livesPerSecond: report.lives / report.seconds,
    cpuMicroseconds:
      cpuBefore === undefined || cpuAfter === undefined ? undefined : ((cpuAfter - cpuBefore) * 1e6) / callsInAll,
    latencies: report.latencies,
  };
}

function medianRound(rounds: readonly Round[]): Round {
  const sorted = [...rounds].sort((one, other) => one.livesPerSecond - other.livesPerSecond);
  const median = sorted[Math.floor(sorted.length / 2)];
  if (median === undefined) throw new Error('there is no round');
  return median;
}

/** Processor time since the process started, as Linux reports it. */
function cpuSeconds(processId: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const fields = readFileSync(`/proc/${processId}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The real server's answers to each kind of call at each batch size. */
async function sampleAnswers(url: string): Promise<FloorAnswers> {
  const answers = { send: {}, receive: {}, delete: {} } as Record<string, Record<number, unknown>>;
  const source = recordsOf(100, new SeededRandom(1));
  for (const batch of BATCHES) {
    const queue = `${url}/queues/sample-${batch}`;
    await call('PUT', queue, {});
    const messages = Array.from({ length: batch }, () => ({ body: source.next() }));
    const sent = await call('POST', `${queue}/messages`, { messages });
    const received = (await call('POST', `${queue}/receive`, { max: batch })) as { messages: { receipt: string }[] };
    const receipts = received.messages.map(({ receipt }) => receipt);
    const deleted = await call('POST', `${queue}/delete`, { receipts });
    Object.assign(answers['send'] ?? {}, { [batch]: sent });
    Object.assign(answers['receive'] ?? {}, { [batch]: received });
    Object.assign(answers['delete'] ?? {}, { [batch]: deleted });
  }
  return answers as unknown as FloorAnswers;
}

async function call(method: string, url: string, body: object): Promise<unknown> {
  const answer = await fetch(url, { method, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
  return await answer.json();
}

function measuredServer({ url, processId }: ServerProcess): Measured {
  const makeQueue = async (name: string) => void (await call('PUT', `${url}/queues/${name}`, {}));
  return { port: Number(new URL(url).port), processId, makeQueue };
}

function forkModule(name: string): ChildProcess {
  return fork(join(import.meta.dirname, name), { execArgv: ['--import', import.meta.resolve('tsx')] });
}

function print(batch: number, ours: Round, floor: Round): void {
  const ratio = (ours.livesPerSecond / floor.livesPerSecond).toFixed(2);
  process.stdout.write(`\nbatch ${batch}: ${ratio} of the floor\n`);
  for (const [name, { livesPerSecond, cpuMicroseconds, latencies }] of Object.entries({ ours, floor })) {
    const cpu = cpuMicroseconds === undefined ? '' : `, ${cpuMicroseconds.toFixed(0)} µs CPU a call`;
    process.stdout.write(`  ${name.padEnd(6)} ${Math.round(livesPerSecond).toLocaleString('en')} lives/s${cpu}\n`);
    for (const [kind, { p50Ms, p99Ms }] of Object.entries(latencies)) {
      process.stdout.write(`    ${kind.padEnd(8)} p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms\n`);
    }
  }
}
