import { readdirSync, readFileSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { Command } from 'commander';
import { startFauxqs } from 'fauxqs';
import type { Measured, Used } from '../lib/cost/measured.ts';
import { usedPrice } from '../lib/cost/month.ts';
import { endForPath } from '../src/runtime/given-file.ts';
import { systemClock } from '../src/runtime/system-clock.ts';
import { systemRandom } from '../src/runtime/system-random.ts';
import { openDynamoClient } from '../src/stores/dynamodb/client.ts';
import { createTables, startDynalite, type Tables } from '../test/stores/dynamodb/engines.ts';
import { ClassicQueue } from './classic-queue.ts';
import { combine, type Idle, meterIdle } from './idle.ts';
import { type Meter, meter } from './meter.ts';
import { BUCKET, CELL, RewindmqQueue } from './rewindmq-queue.ts';
import { meterTrickle } from './trickle.ts';
import { live, type Workload, workloads } from './workloads.ts';

/** Usage and cost of a message over its whole life, storage only. */
interface Figures {
  readonly workload: string;
  readonly design: 'rewindmq' | 'classic';
  readonly used: Used & { readonly archivedBytes: number };
}

const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
const AWS = { credentials, region: 'us-east-1' };
// The warning about newer Nodes is for deployers; here it would mix with the figures.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const { json, logs, only } = new Command('npm run bench -- units')
  .description('Counts what a message uses of DynamoDB and S3, from send to block clean-up.')
  .option('--json <file>', 'leave the classic design out, measure what costs without messages, and write all of it')
  .option('--logs <path>', 'take log lines from this file, or from the *.log files of this directory')
  .option('--only <workload...>', 'measure these workloads, such as log-100x100 or trickle')
  .parse()
  .opts<{ json?: string; logs?: string; only?: readonly string[] }>();

const figures: Figures[] = [];
let callCount = 0;
let mismatchCount = 0;
for (const workload of workloads(logs === undefined ? undefined : readLines(logs))) {
  if (only !== undefined && !only.includes(workload.name)) continue;
  const measured = [await runRewindmq(workload), ...(json === undefined ? [await runClassic(workload)] : [])];
  figures.push(...measured);
  for (const { design, used } of measured) printUsed(workload.name, design, used);
}
const isWanted = json !== undefined || only === undefined || only.includes('trickle');
const trickle = isWanted ? await runTrickle() : undefined;
if (trickle !== undefined) printUsed('trickle', 'rewindmq', trickle);
process.stdout.write(`${callCount} calls counted; the engine reports other units for ${mismatchCount} of them\n`);
if (json !== undefined && trickle !== undefined) {
  writeFileSync(json, `${JSON.stringify(await measureAll(trickle), undefined, 2)}\n`);
}

async function measureAll(trickle: Measured['trickle']): Promise<Measured> {
  const [one, two] = [await runIdle(1), await runIdle(2)];
  const cell = combine(two.minute, one.minute, (more, less) => rounded(more - less));
  return {
    workloads: Object.fromEntries(
      figures.flatMap(({ workload, design, used }) => (design === 'rewindmq' ? [[workload, used]] : [])),
    ),
    trickle,
    minute: {
      base: combine(one.minute, cell, (all, ofCell) => rounded(all - ofCell)),
      cell: { ...cell, runs: rounded(two.minute.runs - one.minute.runs) },
    },
    emptyWait: one.emptyWait,
  };
}

async function runTrickle(): Promise<Measured['trickle']> {
  return await withEngines(async (tables, objects) => {
    await objects.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const used = await meterTrickle({ tables, objects, bucket: BUCKET, cells: 1 });
    return { ...combine(used, used, rounded), runs: rounded(used.runs) };
  });
}

async function runIdle(cells: number): Promise<Idle> {
  return await withEngines(async (tables, objects) => {
    await objects.send(new CreateBucketCommand({ Bucket: BUCKET }));
    return await meterIdle({ tables, objects, bucket: BUCKET, cells });
  });
}

async function runRewindmq(workload: Workload): Promise<Figures> {
  return await withEngines(async (tables, objects, endpoint) => {
    const queue = await RewindmqQueue.create(tables, objects);
    const metered = meter(tables.client, objects);
    await live(workload, queue);
    await queue.settle();
    const found = figuresOf(workload, 'rewindmq', metered);
    const left = await countItems(endpoint, tables.tableOf(CELL));
    if (left > 0) throw new Error(`${workload.name} left ${left} items behind`);
    return found;
  });
}

/** Engines for tables and objects of a single measurement. */
async function withEngines<Result>(
  measure: (tables: Tables, objects: S3Client, endpoint: string) => Promise<Result>,
): Promise<Result> {
  const engine = await startDynalite();
  const s3 = await startFauxqs({ port: 0, logger: false, host: '127.0.0.1' });
  const objects = new S3Client({ ...AWS, endpoint: `http://127.0.0.1:${s3.port}`, forcePathStyle: true });
  const tables = await createTables(engine.endpoint);
  try {
    return await measure(tables, objects, engine.endpoint);
  } finally {
    tables.client.destroy();
    objects.destroy();
    await s3.stop();
    await engine.stop();
  }
}

async function runClassic(workload: Workload): Promise<Figures> {
  const engine = await startDynalite();
  // The tests' client knows only the keys of our tables; like it, this one never ends a wait.
  const client = openDynamoClient({ ...AWS, endpoint: engine.endpoint, requestHandler: {} });
  try {
    const queue = await ClassicQueue.create({ client, clock: systemClock, random: systemRandom });
    const metered = meter(client);
    await live(workload, queue);
    return figuresOf(workload, 'classic', metered);
  } finally {
    client.destroy();
    await engine.stop();
  }
}

/** Remaining deliveries and blocks; this scan is no part of a message's life. */
async function countItems(endpoint: string, table: string): Promise<number> {
  const client = openDynamoClient({ ...AWS, endpoint });
  const { Count = 0 } = await client.send(new ScanCommand({ TableName: table }));
  client.destroy();
  return Count;
}

function figuresOf(workload: Workload, design: Figures['design'], metered: Meter): Figures {
  const usage = metered.snapshot();
  callCount += usage.calls;
  mismatchCount += metered.mismatches.length;
  const each = (used: number) => rounded(used / workload.messageCount);
  const used = { ...combine(usage, usage, each), archivedBytes: each(usage.objectBytes) };
  return { workload: workload.name, design, used };
}

function rounded(number: number): number {
  return Number(number.toFixed(5));
}

function printUsed(workload: string, design: string, used: Used & { readonly runs?: number }): void {
  const { writeUnits, readUnits, objectPuts, runs } = used;
  const usd = 1e6 * usedPrice(used);
  const cells = [
    writeUnits.toFixed(3),
    readUnits.toFixed(3),
    objectPuts.toFixed(3),
    runs?.toFixed(3) ?? '',
    `$${usd.toFixed(3)}`,
  ];
  process.stdout.write(
    `${workload.padEnd(27)} ${design.padEnd(9)} ${cells.map((cell) => cell.padStart(9)).join(' ')}\n`,
  );
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    endForPath(path, error);
  }
}

function readLines(path: string): string[] {
  const isFile = statOf(path).isFile();
  const names = isFile ? [''] : readdirSync(path).filter((name) => name.endsWith('.log'));
  const lines = names.flatMap((name) => readFileSync(join(path, name), 'utf8').split(/\r?\n/));
  return lines.filter((line) => line !== '');
}
