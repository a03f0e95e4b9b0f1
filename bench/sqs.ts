import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * The same load against this server (durable), ElasticMQ and fauxqs (both in memory): AWS JSON, keep-alive, bodies of
 * 256 B, 4 producers and 4 consumers, in batches of 1 and of 10. A life is a message sent, received and deleted.
 */
const SERVERS = ['rewindmq', 'elasticmq', 'fauxqs'] as const;
const BATCHES = [1, 10];
const PRODUCERS = 4;
const CONSUMERS = 4;
const BODY = 'x'.repeat(256);
/** Messages waiting at most, so that producers and consumers keep pace. */
const BACKLOG_MAX = 2_000;
const START_MS_MAX = 30_000;

const { json, seconds } = parseArgs({
  options: { json: { type: 'string' }, seconds: { type: 'string', default: '6' } },
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

const results: Result[] = [];
for (const [number, server] of SERVERS.entries()) {
  const directory = mkdtempSync(join(tmpdir(), 'bench-sqs-'));
  const port = 4_600 + number;
  const child = start(server, port, directory);
  try {
    await untilReady(port);
    for (const batch of BATCHES) {
      await measure(server, { port, batch, ms: 2_000 });
      results.push(await measure(server, { port, batch, ms: Number(seconds) * 1_000 }));
    }
  } finally {
    child.kill();
    rmSync(directory, { recursive: true, force: true });
  }
}
agent.destroy();
process.stdout.write(`${results.map((result) => JSON.stringify(result)).join('\n')}\n`);
if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, undefined, 2)}\n`);

function start(server: (typeof SERVERS)[number], port: number, directory: string): ChildProcess {
  const run = (command: string, ...parameters: string[]) => spawn(command, parameters, { stdio: 'ignore' });
  if (server === 'rewindmq') {
    return run(process.execPath, '--import', 'tsx', 'bin/start.ts', '--port', `${port}`, '--data', directory);
  }
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

async function measure(
  server: string,
  { port, batch, ms }: { readonly port: number; readonly batch: number; readonly ms: number },
): Promise<Result> {
  const created = await call(port, 'CreateQueue', { QueueName: `bench-${batch}-${ms}` });
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
  const livesPerSecond = Math.round((deleted * 1_000) / (performance.now() - startMs));
  const sorted = times.toSorted((one, other) => one - other);
  const share = (part: number) => Number((sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(2));
  return { server, batch, livesPerSecond, p50Ms: share(0.5), p99Ms: share(0.99), lost: sent - deleted };
}

async function call(port: number, action: string, input: object): Promise<Record<string, unknown>> {
  const body = JSON.stringify(input);
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(body),
    'x-amz-target': `AmazonSQS.${action}`,
    // Emulators read the region of it; nobody verifies it.
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
