import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { startServerProcess } from '../test/support/server-process.ts';
import { SIMULATIONS } from './push-simulated.ts';

/** Notes for each message how long it took from its send to the handler, in milliseconds. */
const HANDLER = `import { appendFileSync } from 'node:fs';
export const handler = async ({ Records }) => {
  const nowMs = Date.now();
  appendFileSync('delays', Records.map(({ body }) => nowMs - JSON.parse(body).atMs + '\\n').join(''));
};`;
const WORKLOADS = [
  { perSecond: 1, perRequest: 1 },
  { perSecond: 100, perRequest: 1 },
  { perSecond: 1_000, perRequest: 10 },
] as const;
/** Messages before the measurement: they start the process of the handler. */
const WARM_UP = 20;
const END_MS_MAX = 30_000;

const { seconds, simulated } = new Command('npm run bench -- push')
  .description('Measures the delay from a send to the handler of a queue that pushes, on the local server.')
  .option('--seconds <number>', 'how long each workload sends', Number, 15)
  .addOption(
    new Option('--simulated <name>', 'a deployment on AWS in virtual time instead').choices(Object.keys(SIMULATIONS)),
  )
  .parse()
  .opts<{ seconds: number; simulated?: string }>();

if (simulated === undefined) await measureServer();
else console.log(`Simulated storage (6 ms a call), wake-ups and targets: ${await SIMULATIONS[simulated]?.()}`);

async function measureServer(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'rewindmq-bench-'));
  const handlers = join(directory, 'handlers');
  mkdirSync(handlers);
  writeFileSync(join(handlers, 'handler.mjs'), HANDLER);
  process.env['REWINDMQ_HANDLERS'] = handlers;
  const server = await startServerProcess(join(directory, 'data'));
  try {
    for (const workload of WORKLOADS) await measure(server.url, join(handlers, 'delays'), workload);
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true });
  }
}

async function measure(
  url: string,
  delaysFile: string,
  { perSecond, perRequest }: (typeof WORKLOADS)[number],
): Promise<void> {
  const queue = `${url}/queues/bench-${perSecond}`;
  await call('PUT', queue, {});
  await call('PUT', `${queue}/subscription`, { to: { lambda: 'file:handler.mjs#handler' }, batchSize: 100 });
  writeFileSync(delaysFile, '');
  for (let sent = 0; sent < WARM_UP; sent++) await send(queue, 1);
  await delaysOf(delaysFile, WARM_UP);
  writeFileSync(delaysFile, '');
  const requests = Math.ceil((seconds * perSecond) / perRequest);
  const startMs = performance.now();
  const sends: Promise<unknown>[] = [];
  for (let request = 0; request < requests; request++) {
    const waitMs = startMs + (1_000 * request * perRequest) / perSecond - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    sends.push(send(queue, perRequest));
  }
  await Promise.all(sends);
  const tookMs = performance.now() - startMs;
  print(perSecond, await delaysOf(delaysFile, requests * perRequest), (1_000 * requests * perRequest) / tookMs);
  await call('DELETE', `${queue}/subscription`);
}

async function send(queue: string, count: number): Promise<void> {
  const messages = Array.from({ length: count }, () => ({ body: JSON.stringify({ atMs: Date.now() }) }));
  await call('POST', `${queue}/messages`, { messages });
}

async function delaysOf(delaysFile: string, count: number): Promise<number[]> {
  const untilMs = performance.now() + END_MS_MAX;
  for (;;) {
    const delays = readFileSync(delaysFile, 'utf8').split('\n').filter(Boolean).map(Number);
    if (delays.length >= count) return delays.toSorted((one, other) => one - other);
    if (performance.now() > untilMs) throw new Error(`${delays.length} of ${count} messages reached the handler`);
    await sleep(50);
  }
}

async function call(method: string, url: string, body?: object): Promise<unknown> {
  const answer = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
  return await answer.json();
}

function print(perSecond: number, delays: readonly number[], reached: number): void {
  const at = (share: number) => delays[Math.min(delays.length - 1, Math.floor(share * delays.length))];
  const figures = `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${delays.at(-1)} ms`;
  console.log(`${perSecond} messages/s (sent ${reached.toFixed(1)}/s): ${figures}, ${delays.length} messages`);
}
