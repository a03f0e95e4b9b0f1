import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  archive,
  changeVisibility,
  createQueue,
  deleteMessages,
  type EngineSettings,
  getRewind,
  openQueueService,
  type Ports,
  type QueueService,
  type ReceivedMessage,
  type RewindCommand,
  receive,
  runRewind,
  send,
  startRewind,
  unfinishedRewinds,
} from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import type { Change } from '../../src/model/change.ts';
import type { Delivery } from '../../src/model/delivery.ts';
import { cellId, KEY_END, keyFrom, type QueueId, type RewindId, type ShardKey, shardKey } from '../../src/model/ids.ts';
import { DEFAULT_THRESHOLDS } from '../../src/model/limits.ts';
import { type MessageAttributes, NO_ATTRIBUTES } from '../../src/model/message.ts';
import type { QueueSettings } from '../../src/model/queue.ts';
import type { RewindJob } from '../../src/model/rewind.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ObjectStore } from '../../src/ports/object-store.ts';
import { DirectoryObjectStore } from '../../src/stores/directory/directory-object-store.ts';
import { type EmbeddedDatabase, openEmbeddedDatabase, openMemoryDatabase } from '../../src/stores/embedded/database.ts';
import { MemoryObjectStore } from '../../src/stores/embedded/memory-object-store.ts';
import { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import { START_MS } from './ids.ts';
import { inSteps } from './in-steps.ts';

export interface Wishes {
  /** Existing queues. @default one with the settings of a new queue, named `orders` */
  readonly queues?: Readonly<Record<string, Partial<QueueSettings>>>;
  /** Bodies that were sent to `orders`, each in a request of its own. @default none */
  readonly sent?: readonly string[];
  readonly settings?: Partial<EngineSettings>;
  readonly seed?: number;
  /** Whether its stores are in a directory, which a restart reads. @default in memory */
  readonly isOnDisk?: boolean;
}

/** A world for one test, over the embedded store; it ends with the test. */
export async function given(wishes: Wishes = {}): Promise<World> {
  const directory = wishes.isOnDisk === true ? mkdtempSync(join(tmpdir(), 'rewindmq-')) : undefined;
  const world = await World.open(directory, wishes);
  onTestFinished(async () => {
    await world.close();
    if (directory !== undefined) rmSync(directory, { recursive: true });
  });
  for (const [name, settings] of Object.entries(wishes.queues ?? { orders: {} })) {
    await createQueue(world.service, { name, settings });
  }
  for (const body of wishes.sent ?? []) await world.send([body]);
  return world;
}

/** Time stands still until a test advances it. A sleep lets its time pass at once, and the feed advance meanwhile. */
export class WorldClock implements Clock {
  #nowMs: number = START_MS;
  readonly #whileAsleep: () => Promise<void>;

  constructor(whileAsleep: () => Promise<void>) {
    this.#whileAsleep = whileAsleep;
  }

  nowMs(): EpochMs {
    return this.#nowMs as EpochMs;
  }

  advance(ms: number): EpochMs {
    this.#nowMs += ms;
    return this.nowMs();
  }

  async sleep(ms: number): Promise<void> {
    this.advance(Math.ceil(ms));
    await this.#whileAsleep();
  }
}

const NOTHING_YET = Symbol('nothing yet');

export class World {
  readonly clock: WorldClock = new WorldClock(() => this.settle());
  readonly #directory: string | undefined;
  readonly #random: SeededRandom;
  readonly #settings: EngineSettings;
  readonly #started: { readonly queueId: QueueId; readonly rewindId: RewindId }[] = [];
  #database!: EmbeddedDatabase;
  #objects!: ObjectStore;
  #reading: ReturnType<EmbeddedDatabase['feed']['read']> | undefined;
  #settling: Promise<void> = Promise.resolve();
  service!: QueueService;

  private constructor(directory: string | undefined, wishes: Wishes) {
    this.#directory = directory;
    this.#random = new SeededRandom(wishes.seed ?? 1);
    const cells = [cellId(0)];
    this.#settings = {
      thresholds: DEFAULT_THRESHOLDS,
      cells,
      shardsPerQueue: 1,
      routeFreshMs: 0,
      ...wishes.settings,
    };
  }

  static async open(directory: string | undefined, wishes: Wishes): Promise<World> {
    const world = new World(directory, wishes);
    await world.#open();
    return world;
  }

  async #open(): Promise<void> {
    const { clock } = this;
    const directory = this.#directory;
    if (directory === undefined) {
      this.#database = openMemoryDatabase(clock);
      this.#objects = new MemoryObjectStore();
    } else {
      this.#database = await openEmbeddedDatabase({ directory, clock, durability: 'none' });
      this.#objects = await DirectoryObjectStore.open(join(directory, 'objects'));
    }
    this.service = this.process();
  }

  async close(): Promise<void> {
    this.#database.feed.close();
    await this.#database.close();
  }

  /** Ends the server and starts it again: only what is on disk remains. */
  async restart(): Promise<void> {
    await this.close();
    this.#reading = undefined;
    await this.#open();
  }

  get ports(): Ports {
    const { shards, catalog, ledger, arrivals } = this.#database;
    const runner = {
      start: async (queueId: QueueId, rewindId: RewindId) => void this.#started.push({ queueId, rewindId }),
    };
    return {
      // Tests open several processes over it.
      shards: inSteps(shards),
      catalog,
      ledger,
      arrivals,
      objects: this.#objects,
      clock: this.clock,
      random: this.#random,
      runner,
    };
  }

  /** Another process over the same stores, with its own caches and hints. */
  process(settings: Partial<EngineSettings> = {}, ports: Partial<Ports> = {}): QueueService {
    return openQueueService({ ...this.ports, ...ports }, { ...this.#settings, ...settings });
  }

  /** Takes the pending changes of the feed without archiving them: they are never handed over again. */
  async takeChanges(): Promise<Change[]> {
    const taken: Change[] = [];
    for (;;) {
      this.#reading ??= this.#database.feed.read();
      const batch = await Promise.race([this.#reading, new Promise((resolve) => setImmediate(resolve, NOTHING_YET))]);
      if (batch === NOTHING_YET) return taken;
      const read = await this.#reading;
      this.#reading = undefined;
      if (read === undefined) return taken;
      taken.push(...read.changes);
      this.#database.feed.acknowledge(read.upTo);
    }
  }

  /** Lets the archiver catch up with all changes. */
  async settle(): Promise<void> {
    const next = this.#settling.then(() => this.#archiveAll());
    this.#settling = next.catch(() => {});
    await next;
  }

  async #archiveAll(): Promise<void> {
    const changes = await this.takeChanges();
    if (changes.length > 0) await archive(this.service, changes);
  }

  async create(name: string, settings: Partial<QueueSettings> = {}): Promise<void> {
    await createQueue(this.service, { name, settings });
  }

  /** Sends bodies in one request; returns the ids of the messages. */
  async send(bodies: readonly string[], options: { queue?: string; attributes?: MessageAttributes } = {}) {
    const { queue = 'orders', attributes = NO_ATTRIBUTES } = options;
    const outcomes = await send(this.service, { queue, messages: bodies.map((body) => ({ body, attributes })) });
    return outcomes.map((outcome) => {
      if ('error' in outcome) throw outcome.error;
      return outcome.id;
    });
  }

  async receive(options: { queue?: string; max?: number; visibilityMs?: number } = {}): Promise<ReceivedMessage[]> {
    return await receive(this.service, { queue: 'orders', max: 1_000, waitMs: 0, ...options });
  }

  /** Receives and deletes all ready messages; returns the bodies, in alphabetical order. */
  async consume(queue = 'orders'): Promise<string[]> {
    const bodies: string[] = [];
    for (;;) {
      const messages = await this.receive({ queue });
      if (messages.length === 0) return bodies.toSorted();
      bodies.push(...messages.map((message) => message.body));
      await this.delete(messages, queue);
    }
  }

  async delete(messages: readonly ReceivedMessage[], queue = 'orders') {
    return await deleteMessages(this.service, { queue, receipts: messages.map(({ receipt }) => receipt) });
  }

  /** Makes received messages visible that long from now. */
  async changeVisibility(messages: readonly ReceivedMessage[], visibilityMs: number) {
    const entries = messages.map(({ receipt }) => ({ receipt, visibilityMs }));
    return await changeVisibility(this.service, { queue: 'orders', entries });
  }

  /** Starts a rewind and carries it out. @default everything that was ever sent to `orders` */
  async rewind(command: Partial<RewindCommand> = {}): Promise<RewindJob> {
    const job = await startRewind(this.service, this.everything(command));
    await this.runRewinds();
    return await getRewind(this.service, command.queue ?? 'orders', job.id);
  }

  /** All stored deliveries in the queue's present shards, by shard and time. */
  async deliveries(queue = 'orders'): Promise<readonly (Delivery & { readonly shard: ShardKey })[]> {
    const { queue: current } = await this.service.routes.get(queue);
    const range = { from: keyFrom(0 as EpochMs), before: KEY_END, limit: 1_000, isConsistent: true };
    const shards = current.route.shards.map(({ id }) => shardKey(current.id, id));
    const pages = await Promise.all(shards.map((shard) => this.ports.shards.list(shard, range)));
    return pages.flatMap((page, index) =>
      page.deliveries.map((delivery) => ({ ...delivery, shard: shards[index] as ShardKey })),
    );
  }

  everything(command: Partial<RewindCommand> = {}): RewindCommand {
    return { queue: 'orders', by: 'sentAt', fromMs: START_MS, ...command };
  }

  /** Carries out all unfinished rewinds, like a restarted server. */
  async resumeRewinds(): Promise<void> {
    this.#started.splice(0);
    for (const { queueId, id } of await unfinishedRewinds(this.service)) await runRewind(this.service, queueId, id);
  }

  /** Carries out the started rewinds. */
  async runRewinds(service: QueueService = this.service): Promise<void> {
    for (const { queueId, rewindId } of this.#started.splice(0)) await runRewind(service, queueId, rewindId);
  }
}
