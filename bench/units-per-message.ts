import { readdirSync, readFileSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { Command } from 'commander';
import { startFauxqs } from 'fauxqs';
import { endForPath } from '../src/runtime/given-file.ts';
import { systemClock } from '../src/runtime/system-clock.ts';
import { systemRandom } from '../src/runtime/system-random.ts';
import { openDynamoClient } from '../src/stores/dynamodb/client.ts';
import { createTables, startDynalite } from '../test/stores/dynamodb/engines.ts';
import { ClassicQueue } from './classic-queue.ts';
import { type Meter, meter, type Usage } from './meter.ts';
import { PRICES } from './prices.ts';
import { CELL, RewindmqQueue } from './rewindmq-queue.ts';
import { live, type Workload, workloads } from './workloads.ts';

/** What a message uses and costs over its whole life, storage only. */
interface Figures {
  readonly workload: string;
  readonly design: 'rewindmq' | 'classic';
  readonly writeUnitsPerMessage: number;
  readonly readUnitsPerMessage: number;
  readonly objectPutsPerMessage: number;
  readonly objectGetsPerMessage: number;
  readonly usdPerMillion: number;
}

const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
const AWS = { credentials, region: 'us-east-1' };
// Newer Nodes are for whoever deploys; here the warning would stand among the figures.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const { json, logs, only } = new Command('npm run bench -- units')
  .description('Counts what a message uses of DynamoDB and S3, from send to block clean-up.')
  .option('--json <file>', 'write the figures there as well')
  .option('--logs <path>', 'take log lines from this file, or from the *.log files of this directory')
  .option('--only <workload>', 'measure one workload, such as log-100x100')
  .parse()
  .opts<{ json?: string; logs?: string; only?: string }>();

const figures: Figures[] = [];
let callCount = 0;
let mismatchCount = 0;
for (const workload of workloads(logs === undefined ? undefined : readLines(logs))) {
  if (only !== undefined && workload.name !== only) continue;
  figures.push(await runRewindmq(workload), await runClassic(workload));
  print(figures.slice(-2));
}
process.stdout.write(`${callCount} calls counted; the engine reports other units for ${mismatchCount} of them\n`);
if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);

async function runRewindmq(workload: Workload): Promise<Figures> {
  const engine = await startDynalite();
  const s3 = await startFauxqs({ port: 0, logger: false, host: '127.0.0.1' });
  const objects = new S3Client({ ...AWS, endpoint: `http://127.0.0.1:${s3.port}`, forcePathStyle: true });
  const tables = await createTables(engine.endpoint);
  try {
    const queue = await RewindmqQueue.create(tables, objects);
    const metered = meter(tables.client, objects);
    await live(workload, queue);
    await queue.settle();
    const found = figuresOf(workload, 'rewindmq', metered);
    const left = await countItems(engine.endpoint, tables.tableOf(CELL));
    if (left > 0) throw new Error(`${workload.name} left ${left} items behind`);
    return found;
  } finally {
    tables.client.destroy();
    objects.destroy();
    await s3.stop();
    await engine.stop();
  }
}

async function runClassic(workload: Workload): Promise<Figures> {
  const engine = await startDynalite();
  // Not the client of the tests, which knows the keys of our tables alone; like it without an end to waiting.
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

/** Deliveries and blocks that are there; looking for them is no part of a message's life. */
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
  const each = (used: number) => Number((used / workload.messageCount).toFixed(5));
  return {
    workload: workload.name,
    design,
    writeUnitsPerMessage: each(usage.writeUnits),
    readUnitsPerMessage: each(usage.readUnits),
    objectPutsPerMessage: each(usage.objectPuts),
    objectGetsPerMessage: each(usage.objectGets),
    usdPerMillion: each(price(usage)),
  };
}

/** In dollars for as many million messages as were metered. */
function price({ writeUnits, readUnits, objectPuts, objectGets }: Usage): number {
  const { dynamodb, s3 } = PRICES;
  return (
    writeUnits * dynamodb.writeUnits + readUnits * dynamodb.readUnits + objectPuts * s3.puts + objectGets * s3.gets
  );
}

function print(rows: readonly Figures[]): void {
  for (const row of rows) {
    const { workload, design, writeUnitsPerMessage: write, readUnitsPerMessage: read, usdPerMillion: usd } = row;
    const cells = [write.toFixed(3), read.toFixed(3), `$${usd.toFixed(3)}`].map((cell) => cell.padStart(9));
    process.stdout.write(`${workload.padEnd(27)} ${design.padEnd(9)} ${cells.join(' ')}\n`);
  }
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
