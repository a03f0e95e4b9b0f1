import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Command } from 'commander';
import { sweepCompactions } from '../src/engine/archive/index.ts';
import type { QueueService } from '../src/engine/index.ts';
import { compactHour } from '../src/engine/upkeep/index.ts';
import type { EpochMs } from '../src/model/brand.ts';
import { COMPACTED_KEEP_MS } from '../src/model/limits.ts';
import { readGivenFile } from '../src/runtime/given-file.ts';
import { type LocalRuntime, openLocalRuntime } from '../src/runtime/local.ts';

/** Sizes of a log in the archive, compared with gzip. */
interface Figures {
  readonly log: string;
  readonly rawBytes: number;
  readonly gzipBytes: number;
  readonly linesPerRequest: number;
  /** Objects with their indexes, as the archiver writes them. */
  readonly objects: number;
  readonly archivedBytes: number;
  readonly compactedObjects: number;
  readonly compactedBytes: number;
  /** Compacted bytes divided by gzip's. */
  readonly ratio: number;
}

const REQUESTS = [100, 10, 1];
const MESSAGES_PER_RECEIVE = 100;
const SENDS_AT_ONCE = 16;
const QUEUE = 'bench';

const command = new Command('npm run bench -- archive')
  .description('Sends, receives and deletes the lines of logs, and weighs the archive against gzip of the whole log.')
  .argument('<files...>', 'text files, such as logs')
  .option('--json <file>', 'write the figures there as well')
  .parse();
const { json } = command.opts<{ json?: string }>();

const figures: Figures[] = [];
for (const file of command.args) {
  for (const linesPerRequest of REQUESTS) figures.push(await weigh(file, linesPerRequest));
}
if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);

async function weigh(file: string, linesPerRequest: number): Promise<Figures> {
  const raw = readGivenFile(file);
  const lines = raw.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const directory = mkdtempSync(join(tmpdir(), 'rewindmq-bench-'));
  const runtime = await openLocalRuntime({ directory, port: 0 });
  try {
    const url = `${runtime.url}/queues/${QUEUE}`;
    await call('PUT', url, {});
    await live(url, lines, linesPerRequest);
    const before = archiveOf(directory);
    await compact(runtime, directory);
    const after = archiveOf(directory);
    const gzipBytes = gzipSync(raw).length;
    const found = {
      log: basename(file),
      rawBytes: Buffer.byteLength(raw),
      gzipBytes,
      linesPerRequest,
      objects: before.objects,
      archivedBytes: before.bytes,
      compactedObjects: after.objects,
      compactedBytes: after.bytes,
      ratio: Number((after.bytes / gzipBytes).toFixed(2)),
    };
    process.stdout.write(
      `${Object.entries(found)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ')}\n`,
    );
    return found;
  } finally {
    await runtime.close();
    rmSync(directory, { recursive: true });
  }
}

/** Sends and deletes each line; sends a few requests at a time and consumes them at once. */
async function live(url: string, lines: readonly string[], linesPerRequest: number): Promise<void> {
  const perRound = linesPerRequest * SENDS_AT_ONCE;
  for (let start = 0; start < lines.length; start += perRound) {
    const round = lines.slice(start, start + perRound);
    const requests = Array.from({ length: Math.ceil(round.length / linesPerRequest) }, (_, number) =>
      round.slice(number * linesPerRequest, (number + 1) * linesPerRequest),
    );
    await Promise.all(
      requests.map((bodies) => call('POST', `${url}/messages`, { messages: bodies.map((body) => ({ body })) })),
    );
    await consume(url);
  }
  // A count waits until all earlier deletions are archived.
  const { matched } = (await call('POST', `${url}/rewinds`, { from: '1970-01-01T00:00:00Z', dryRun: true })) as {
    matched: number;
  };
  if (matched !== lines.length) throw new Error(`${matched} of ${lines.length} lines are in the archive`);
}

async function consume(url: string): Promise<void> {
  for (;;) {
    const answer = await call('POST', `${url}/receive`, { max: MESSAGES_PER_RECEIVE });
    const { messages } = answer as { messages: { receipt: string }[] };
    if (messages.length === 0) return;
    await call('POST', `${url}/delete`, { receipts: messages.map(({ receipt }) => receipt) });
  }
}

/** As the server does with a finished hour, an hour later. */
async function compact({ service }: LocalRuntime, directory: string): Promise<void> {
  for (const hour of readdirSync(join(directory, 'objects', 'archive', '7d'))) await compactHour(service, QUEUE, hour);
  const laterMs = service.clock.nowMs() + COMPACTED_KEEP_MS;
  const later: QueueService = { ...service, clock: { ...service.clock, nowMs: () => laterMs as EpochMs } };
  await sweepCompactions(later);
}

function archiveOf(directory: string): { objects: number; bytes: number } {
  const root = join(directory, 'objects', 'archive');
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
  return { objects: files.length, bytes };
}

async function call(method: string, url: string, body: object): Promise<unknown> {
  const answer = await fetch(url, { method, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
  return await answer.json();
}
