import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { archivedObject, listingName, ObjectBuilder } from '../src/engine/archive/index.ts';
import {
  countRewind,
  createQueue,
  getRewind,
  openQueueService,
  type QueueService,
  queueCounts,
  receive,
  startRewind,
} from '../src/engine/index.ts';
import type { EpochMs } from '../src/model/brand.ts';
import { sequence } from '../src/model/change.ts';
import { cellId, type DeliveryId, type QueueId } from '../src/model/ids.ts';
import { DEFAULT_THRESHOLDS } from '../src/model/limits.ts';
import { NO_ATTRIBUTES } from '../src/model/message.ts';
import { compress } from '../src/model/packing.ts';
import { hourText } from '../src/model/retention.ts';
import { toSortableText } from '../src/model/sortable-text.ts';
import type { ByteRange, ObjectStore } from '../src/ports/object-store.ts';
import { Background } from '../src/runtime/background.ts';
import { LocalRewindRunner } from '../src/runtime/local-rewind-runner.ts';
import { stderrLog } from '../src/runtime/log.ts';
import { systemClock } from '../src/runtime/system-clock.ts';
import { systemRandom } from '../src/runtime/system-random.ts';
import { openEmbeddedDatabase } from '../src/stores/embedded/database.ts';

const MESSAGES_PER_OBJECT = 1_000;
const MESSAGES_PER_BLOCK = 100;
const HOUR_MS = 3_600_000;
/** Objects of an hour of a busy queue. */
const OBJECTS_PER_HOUR = 20;
const SAMPLE_EVERY_MS = 50;

const { json, objects } = new Command('npm run bench -- rewind-many')
  .description('Rewinds a long history: many archive objects, made up as they are read, over the embedded store.')
  .option('--json <file>', 'write the figures there as well')
  .option('--objects <count>', `archive objects of ${MESSAGES_PER_OBJECT} messages each`, '10000')
  .parse()
  .opts<{ json?: string; objects: string }>();

const compressed = new Map<string, Uint8Array>();

/** All objects have the same bodies: the bench measures the rewind, not the archive's content. */
async function compressOnce(plain: Uint8Array): Promise<Uint8Array> {
  const key = Buffer.from(plain).toString('latin1');
  const known = compressed.get(key) ?? compress(plain);
  compressed.set(key, known);
  return known;
}

/** The archive of one queue, hour after hour up to now, generated without a copy in memory. */
class History implements ObjectStore {
  readonly #queueId: QueueId;
  readonly #count: number;
  readonly #nowMs: number;

  constructor(queueId: QueueId, count: number, nowMs: number) {
    this.#queueId = queueId;
    this.#count = count;
    this.#nowMs = nowMs;
  }

  nameOf(number: number): string {
    return `archive/forever/${hourText(this.#deletedAtMs(number))}/--${number + 1}`;
  }

  async build(number: number) {
    const builder = new ObjectBuilder();
    const deletedAtMs = this.#deletedAtMs(number);
    const change = { sequence: sequence(String(number + 1)), atMs: deletedAtMs };
    const blocks = Array.from({ length: MESSAGES_PER_OBJECT / MESSAGES_PER_BLOCK }, (_, block) => {
      const sentAtMs = (deletedAtMs - HOUR_MS + block) as EpochMs;
      const id = toSortableText(number * MESSAGES_PER_BLOCK + block, 8) as DeliveryId;
      const origin = { shardId: '-----' as never, id, sentAtMs, visibleAtMs: sentAtMs };
      const messages = Array.from({ length: MESSAGES_PER_BLOCK }, (_, index) => ({
        body: `message ${index} of block ${block}`,
        attributes: NO_ATTRIBUTES,
      }));
      const parts = [{ kind: 'inline', origin, first: 0, count: MESSAGES_PER_BLOCK } as const];
      return { parts, content: { kind: 'messages', messages } as const };
    });
    builder.add({ change, queueId: this.#queueId, units: blocks, deletedAgain: [] });
    return await builder.finish(change.sequence, change.sequence, compressOnce);
  }

  async get(name: string, range?: ByteRange): Promise<Uint8Array> {
    const { bytes } = await this.build(Number(name.slice(name.lastIndexOf('-') + 1)) - 1);
    return range === undefined ? bytes : bytes.subarray(range.offset, range.offset + range.length);
  }

  async keep(): Promise<void> {}

  async putIfAbsent(): Promise<'stored'> {
    return 'stored';
  }

  async remove(): Promise<void> {}

  async list(): Promise<readonly string[]> {
    return [];
  }

  #deletedAtMs(number: number): EpochMs {
    return (this.#nowMs - (2 + Math.floor((this.#count - number) / OBJECTS_PER_HOUR)) * HOUR_MS) as EpochMs;
  }
}

const count = Number(objects);
const directory = mkdtempSync(join(tmpdir(), 'rewindmq-bench-'));
const database = await openEmbeddedDatabase({ directory, clock: systemClock });
let background: Background | undefined;
try {
  const runner = new LocalRewindRunner(stderrLog);
  const { shards, catalog, ledger, arrivals } = database;
  const world = { shards, catalog, ledger, arrivals, clock: systemClock, random: systemRandom, runner };
  const settings = { thresholds: DEFAULT_THRESHOLDS, cells: [cellId(0)], shardsPerQueue: 1, routeFreshMs: 0 };
  const none = new History('' as QueueId, 0, 0);
  const { queue } = await createQueue(openQueueService({ ...world, objects: none }, settings), {
    name: 'bench',
    settings: { rewindMs: 'forever' },
  });
  const history = new History(queue.id, count, Math.floor(systemClock.nowMs() / HOUR_MS) * HOUR_MS);
  const service = openQueueService({ ...world, objects: history }, settings);
  await listHistory(service, history, queue.id);
  background = new Background(service, database.feed, stderrLog);
  await runner.open(service);
  await measure(service, queue.id);
} finally {
  await background?.close();
  await database.close();
  rmSync(directory, { recursive: true });
}

/** Adds the objects to the catalog. The queue is as old as they are, or the range would be cut. */
async function listHistory(service: QueueService, history: History, queueId: QueueId): Promise<void> {
  for (let number = 0; number < count; number++) {
    const { index } = await history.build(number);
    const object = history.nameOf(number);
    const listing = archivedObject(object, 'forever', { index, queueId, listedAtMs: number as EpochMs });
    await service.catalog.tryPut('archived', listingName(queueId, object), listing, 0);
  }
  const stored = await service.catalog.get('queue', 'bench');
  if (stored !== undefined) {
    await service.catalog.tryPut('queue', 'bench', { ...stored.value, createdAtMs: 0 as EpochMs }, stored.version);
  }
}

async function measure(service: QueueService, queueId: QueueId): Promise<void> {
  const command = { queue: 'bench', by: 'sentAt', fromMs: 0 as EpochMs } as const;
  const memory = { startMb: megabytes(), peakMb: 0 };
  const timer = setInterval(() => {
    memory.peakMb = Math.max(memory.peakMb, megabytes());
  }, SAMPLE_EVERY_MS);
  let startMs = performance.now();
  const { matched } = await countRewind(service, command);
  const countedSeconds = secondsSince(startMs);
  startMs = performance.now();
  const { id } = await startRewind(service, command);
  const received = await receive(service, { queue: 'bench', max: 1, waitMs: 20_000 });
  const firstSeconds = secondsSince(startMs);
  let job = await getRewind(service, 'bench', id);
  while (job.state === 'running') {
    await sleep(SAMPLE_EVERY_MS);
    job = await getRewind(service, 'bench', id);
  }
  const doneSeconds = secondsSince(startMs);
  clearInterval(timer);
  const { counts } = await queueCounts(service, 'bench');
  const figures = {
    objects: count,
    messages: count * MESSAGES_PER_OBJECT,
    matched,
    countedSeconds,
    firstSeconds,
    doneSeconds,
    messagesRewound: job.messagesRewound,
    rewoundByCount: counts.rewound,
    startMemoryMb: memory.startMb,
    peakMemoryMb: memory.peakMb,
  };
  process.stdout.write(`${queueId}: ${received.length} message came first; ${JSON.stringify(figures)}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);
}

function megabytes(): number {
  return Math.round(process.memoryUsage.rss() / 1_048_576);
}

function secondsSince(startMs: number): number {
  return Number(((performance.now() - startMs) / 1_000).toFixed(2));
}
