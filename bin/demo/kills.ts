import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import type { ConsumerReport } from './consumer.ts';
import { call, LINES_PER_SEND, openServer, readLines, SERVER_HELP, say, sendLines } from './server.ts';

const METER = join(import.meta.dirname, '..', '..', 'bench', 'units-per-message.ts');
/** Short, so that messages of a killed consumer come again within the demo. */
const VISIBILITY_SECONDS = 2;
/** Nothing may come for this long after the last delete: longer than a lease. */
const QUIET_MS = 3_000;
/** The demo takes a minute at most; after this it has failed. */
const RUN_MS_MAX = 300_000;

const [file = ''] = new Command('npm run demo -- kills')
  .description('Sends every line of a file through a queue with three consumers, one of which is killed all the time.')
  .argument('<file>', 'a text file, such as a log')
  .addHelpText('after', SERVER_HELP)
  .parse().args;

/** Reports of the consumers so far. */
const seen = { receives: 0, redelivered: 0, kills: 0, deletes: new Map<string, { body: string; times: number }>() };
/** Living consumers, each a process of its own. */
const consumers = new Set<ChildProcess>();
let isEnding = false;

const lines = readLines(file);
const directory = mkdtempSync(join(tmpdir(), 'rewindmq-demo-'));
const server = await openServer(directory);
const queueUrl = `${server.url}/queues/demo-${Date.now()}`;
let isRight = false;
try {
  isRight = await run();
} finally {
  endConsumers();
  await call('DELETE', queueUrl);
  await server.close();
  rmSync(directory, { recursive: true });
}
process.exit(isRight ? 0 : 1);

async function run(): Promise<boolean> {
  await call('PUT', queueUrl, { visibilitySeconds: VISIBILITY_SECONDS });
  const startMs = Date.now();
  for (const role of ['steady', 'steady', 'doomed'] as const) startConsumer(role);
  const ids = await sendLines(queueUrl, lines);
  const expected = new Map(ids.map((id, index) => [id, lines[index] ?? '']));
  const sentMs = Date.now() - startMs;
  say(`sent      ${lines.length} lines in requests of ${LINES_PER_SEND}: ${rate(lines.length, sentMs)}`);
  while (seen.deletes.size < expected.size && Date.now() - startMs < RUN_MS_MAX) await sleep(10);
  const doneMs = Date.now() - startMs;
  await sleep(QUIET_MS);
  endConsumers();
  say(`deleted   ${seen.deletes.size} messages: ${rate(seen.deletes.size, doneMs)} from first send to last delete`);
  say(`received  ${seen.receives} messages, ${seen.redelivered} of them again, after ${seen.kills} kills`);
  await sayCounts();
  await sayUnits();
  return judge(expected);
}

/** Starts a consumer. A doomed one is killed as soon as it holds messages, and another takes its place. */
function startConsumer(role: 'steady' | 'doomed'): void {
  const consumer = fork(join(import.meta.dirname, 'consumer.ts'), [queueUrl, role]);
  consumers.add(consumer);
  consumer.on('message', (report: ConsumerReport) => {
    note(report);
    if (role === 'doomed' && report.kind === 'received') consumer.kill('SIGKILL');
  });
  consumer.on('exit', () => {
    consumers.delete(consumer);
    if (isEnding) return;
    seen.kills += 1;
    startConsumer(role);
  });
}

function endConsumers(): void {
  isEnding = true;
  for (const consumer of consumers) consumer.kill('SIGKILL');
}

function note(report: ConsumerReport): void {
  if (report.kind === 'received') {
    seen.receives += report.bodies;
    seen.redelivered += report.redelivered;
    return;
  }
  for (const [id, body] of report.messages) {
    seen.deletes.set(id, { body, times: (seen.deletes.get(id)?.times ?? 0) + 1 });
  }
}

function judge(expected: ReadonlyMap<string, string>): boolean {
  const missing = [...expected].filter(([id, line]) => seen.deletes.get(id)?.body !== line);
  const foreign = [...seen.deletes.keys()].filter((id) => !expected.has(id));
  const twice = [...seen.deletes.values()].filter(({ times }) => times > 1);
  if (missing.length + foreign.length + twice.length === 0) {
    say('Every line was deleted once, by a consumer that had received it as it was sent.');
    return true;
  }
  say(`WRONG: ${missing.length} lines were not deleted, ${twice.length} twice, ${foreign.length} were never sent.`);
  return false;
}

async function sayCounts(): Promise<void> {
  const { counts } = (await call('GET', queueUrl)) as { counts: Record<string, number> };
  const there = Object.entries(counts).flatMap(([name, count]) => (count === 0 ? [] : [`${name} ${count}`]));
  say(`counts    ${there.join(', ')}`);
}

/** This server bills nothing, so the same lines run again on the metered stores of a deployment. */
async function sayUnits(): Promise<void> {
  say(
    'units     a message, written and read, and dollars a million, if DynamoDB kept the lines; classic: an item each:',
  );
  const meter = fork(METER, ['--only', 'log-100x100', '--logs', file]);
  await once(meter, 'exit');
}

function rate(count: number, ms: number): string {
  return `${Math.round((count * 1_000) / ms).toLocaleString('en')} a second`;
}
