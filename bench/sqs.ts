import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startServerProcess } from '../test/support/server-process.ts';

/**
 * The same load against this server (durable), ElasticMQ and fauxqs (both in memory): AWS JSON, keep-alive, bodies of
 * 256 B, 4 producers and 4 consumers, in batches of 1 and of 10. A life is a message sent, received and deleted.
 */
const SERVERS = ['rewindmq', 'elasticmq', 'fauxqs'] as const;
const BATCHES = [1, 10];
const PRODUCERS = 4;
const CONSUMERS = 4;
const BODY = 'x'.repeat(256);
/** Most waiting messages, so that producers and consumers keep pace. */
const BACKLOG_MAX = 2_000;
const START_MS_MAX = 30_000;
const TURNS = 5;
/** The system's unit of processor time. */
const TICK_MS = 10;

const { json, seconds } = parseArgs({
  options: { json: { type: 'string' }, seconds: { type: 'string', default: '10' } },
}).values;
const agent = new Agent({ keepAlive: true, maxSockets: PRODUCERS + CONSUMERS });

interface Result {
  readonly server: string;
  readonly batch: number;
  readonly livesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly lost: number;
}

/** The result of one round. */
interface Round {
  readonly lives: number;
  /** Processor time of the server. */
  readonly cpuMs: number;
  readonly ms: number;
  readonly times: readonly number[];
  readonly lost: number;
}

const directory = mkdtempSync(join(tmpdir(), 'bench-sqs-'));
const running = new Map<string, Running>();
const results: Result[] = [];
try {
  for (const [number, server] of SERVERS.entries()) {
    running.set(server, await start(server, 4_600 + number, join(directory, server)));
  }
  for (const { port } of running.values()) await untilReady(port);
  for (const batch of BATCHES) {
    const rounds = new Map<string, Round[]>(SERVERS.map((server) => [server, []]));
    // In turns, so that other work of the machine affects all of them. The first turn warms up.
    for (let turn = 0; turn <= TURNS; turn++) {
      for (const [server, { port, processId }] of running) {
        const cpuBeforeMs = cpuMsOf(processId);
        const round = await measure({
          port,
          batch,
          queue: `bench-${batch}-${turn}`,
          ms: (1_000 * Number(seconds)) / TURNS,
        });
        const cpuMs = cpuMsOf(processId) - cpuBeforeMs;
        if (turn > 0) rounds.get(server)?.push({ ...round, cpuMs });
      }
    }
    for (const [server, played] of rounds) {
      const result = resultOf(server, batch, played);
      results.push(result);
      const cpuUs = (1_000 * sumOf(played, ({ cpuMs }) => cpuMs)) / sumOf(played, ({ lives }) => lives);
      console.log(`${JSON.stringify(result)} ${cpuUs.toFixed(0)} us of processor a life`);
    }
  }
} finally {
  for (const { stop } of running.values()) await stop();
  rmSync(directory, { recursive: true, force: true });
}
agent.destroy();
if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, undefined, 2)}\n`);

interface Running {
  readonly port: number;
  readonly processId: number;
  readonly stop: () => Promise<unknown>;
}

async function start(server: (typeof SERVERS)[number], port: number, directory: string): Promise<Running> {
  if (server === 'rewindmq') {
    // As `npm start` does.
    const own = await startServerProcess(directory);
    return { port: Number(new URL(own.url).port), processId: own.processId, stop: () => own.stop() };
  }
  const run = (command: string, ...parameters: string[]): Running => {
    const child = spawn(command, parameters, { stdio: 'ignore' });
    const ended = once(child, 'exit');
    return { port, processId: child.pid ?? 0, stop: async () => child.kill() && (await ended) };
  };
  if (server === 'fauxqs') {
    const script = `import('fauxqs').then((it) => it.startFauxqs({ port: ${port}, logger: false }))`;
    return run(process.execPath, '-e', script);
  }
  const jars = join(directory, 'jars');
  const copy = ['-B', '-q', '-f', 'bench/elasticmq', 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`];
  const copied = spawnSync('mvn', copy, { stdio: 'inherit' });
  if (copied.status !== 0) throw new Error('ElasticMQ could not be fetched: it needs Maven and Java 17');
  return run('java', '-cp', join(jars, '*'), 'bench/elasticmq/ElasticMq.java', `${port}`);
}

async function untilReady(port: number): Promise<void> {
  for (const until = Date.now() + START_MS_MAX; ; ) {
    try {
      await call(port, 'ListQueues', {});
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function resultOf(server: string, batch: number, rounds: readonly Round[]): Result {
  const sorted = rounds.flatMap(({ times }) => times).toSorted((one, other) => one - other);
  const share = (part: number) => Number((sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(2));
  const livesPerSecond = Math.round((1_000 * sumOf(rounds, ({ lives }) => lives)) / sumOf(rounds, ({ ms }) => ms));
  return {
    server,
    batch,
    livesPerSecond,
    p50Ms: share(0.5),
    p99Ms: share(0.99),
    lost: sumOf(rounds, ({ lost }) => lost),
  };
}

function sumOf(rounds: readonly Round[], of: (round: Round) => number): number {
  return rounds.reduce((total, round) => total + of(round), 0);
}

/** Processor time of a process with all its threads: fields 14 and 15 after its name. */
function cpuMsOf(processId: number): number {
  const fields = readFileSync(`/proc/${processId}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

interface Play {
  readonly port: number;
  readonly batch: number;
  readonly queue: string;
  readonly ms: number;
}

async function measure({ port, batch, queue, ms }: Play): Promise<Omit<Round, 'cpuMs'>> {
  const created = await call(port, 'CreateQueue', { QueueName: queue });
  const QueueUrl = String(created['QueueUrl']);
  const times: number[] = [];
  const timed = async (action: string, input: object) => {
    const startMs = performance.now();
    const answer = await call(port, action, { QueueUrl, ...input });
    times.push(performance.now() - startMs);
    return answer;
  };
  let sent = 0;
  let deleted = 0;
  let isSending = true;
  const produce = async () => {
    const Entries = Array.from({ length: batch }, (_, index) => ({ Id: `${index}`, MessageBody: BODY }));
    while (isSending) {
      if (sent - deleted >= BACKLOG_MAX) await new Promise((resolve) => setTimeout(resolve, 1));
      else {
        await (batch === 1 ? timed('SendMessage', { MessageBody: BODY }) : timed('SendMessageBatch', { Entries }));
        sent += batch;
      }
    }
  };
  const consume = async () => {
    for (let empty = 0; empty < 2; ) {
      const answer = await timed('ReceiveMessage', { MaxNumberOfMessages: batch, WaitTimeSeconds: isSending ? 1 : 0 });
      const messages = (answer['Messages'] ?? []) as { ReceiptHandle: string }[];
      empty = messages.length === 0 && !isSending ? empty + 1 : 0;
      if (messages.length === 0) continue;
      const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle }));
      await (batch === 1 ? timed('DeleteMessage', { ...Entries[0] }) : timed('DeleteMessageBatch', { Entries }));
      deleted += messages.length;
    }
  };
  const startMs = performance.now();
  const producers = Array.from({ length: PRODUCERS }, produce);
  const consumers = Array.from({ length: CONSUMERS }, consume);
  await new Promise((resolve) => setTimeout(resolve, ms));
  isSending = false;
  await Promise.all([...producers, ...consumers]);
  return { lives: deleted, ms: performance.now() - startMs, times, lost: sent - deleted };
}

async function call(port: number, action: string, input: object): Promise<Record<string, unknown>> {
  const body = JSON.stringify(input);
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(body),
    'x-amz-target': `AmazonSQS.${action}`,
    // Emulators read the region from it; none verifies it.
    authorization:
      'AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0',
  };
  return await new Promise((resolve, reject) => {
    const outgoing = request({ agent, port, host: '127.0.0.1', method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve((text === '' ? {} : JSON.parse(text)) as Record<string, unknown>);
        else reject(new Error(`${action}: ${response.statusCode} ${text.slice(0, 200)}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
