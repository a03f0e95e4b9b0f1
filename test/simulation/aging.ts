import { expireDue } from '../../src/engine/claims/expire-messages.ts';
import {
  archive,
  cancelRewind,
  createQueue,
  deleteMessages,
  type Ports,
  type QueueService,
  receive,
  runRewind,
  send,
  startRewind,
} from '../../src/engine/index.ts';
import { expireArchive } from '../../src/engine/upkeep/expire-archive.ts';
import { type Change, consumedBy, isEntry } from '../../src/model/change.ts';
import { type Delivery, isOutstanding, locate, messageCount } from '../../src/model/delivery.ts';
import { QueueError } from '../../src/model/errors.ts';
import { type QueueId, queueOfShard } from '../../src/model/ids.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { expiresAtMs } from '../../src/model/retention.ts';
import { type RewindJob, rewindName, sliceText } from '../../src/model/rewind.ts';
import { DAY_MS, HOUR_MS } from '../../src/model/spans.ts';
import { type Faults, NO_FAULTS } from '../../src/stores/simulated/faults.ts';
import { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import { SimulatedWorld } from '../../src/stores/simulated/simulated-world.ts';
import { serviceOn } from './service-on.ts';

/** What grows old: messages that a rewind brought into a queue with a retention, or the archive that they lie in. */
export const AGING = ['messages', 'archive'] as const;

export interface AgingOptions {
  readonly seed: number;
  /** Wraps the ports of each process that rewinds or expires: a planted bug. */
  readonly plant?: (ports: Ports) => Ports;
  /** @default drawn */
  readonly aging?: (typeof AGING)[number];
}

const QUEUE = 'orders';
const COPIES = 'copies';
const VISIBILITY_MS = 5_000;
/** The feed notes, for hours, hardly anything. */
const FEED_PAUSE_MS = 500;
const REST_PAUSE_MS = 600_000;
const RUNS_MAX = 60;
/** A put takes as long, at most; one that is repeated by another process. */
const LATENCY_MS_MAX = 3_000;
const REPEAT_MS_MAX = 30_000;
const FAULTS: readonly Faults[] = [NO_FAULTS, { ...NO_FAULTS, crash: 0.01 }, { ...NO_FAULTS, throttle: 0.02 }];

/** A rewind with a pace. What it brings must live as long as its queue says, and be taken back by a late cancel. */
class Aging {
  readonly violations: string[] = [];
  readonly counts: Record<string, number> = {};
  readonly #options: AgingOptions;
  readonly #random: SeededRandom;
  readonly #world: SimulatedWorld;
  readonly #faults: Faults;
  readonly #aging: (typeof AGING)[number];
  readonly #retentionMs: number;
  readonly #waiting: Change[] = [];
  /** When each message came into `copies`, by its place in the archive. */
  readonly #comings = new Map<string, number>();
  readonly #isReceived = new Set<string>();
  #copies: QueueId | undefined;
  #pauseMs = FEED_PAUSE_MS;
  #started = 0;
  #isOver = false;

  constructor(options: AgingOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.#faults = this.#random.pick(FAULTS);
    this.#aging = options.aging ?? this.#random.pick(AGING);
    this.#retentionMs = this.#random.between(10_000, 30_000);
    this.#world = new SimulatedWorld(
      { seed: options.seed, leasesInPlace: options.seed % 2 === 0 },
      { onChange: (change) => this.#onChange(change) },
    );
  }

  async play(): Promise<void> {
    try {
      await this.#world.timeline.play(this.#tell());
    } catch (error) {
      this.violations.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    } finally {
      this.#isOver = true;
    }
  }

  async #tell(): Promise<void> {
    const user = this.#open('user');
    void this.#follow();
    this.counts[this.#aging] = 1;
    await createQueue(user, { name: QUEUE, settings: { rewindMs: DAY_MS } });
    const retention = this.#aging === 'messages' ? { retentionMs: this.#retentionMs } : {};
    this.#copies = (await createQueue(user, { name: COPIES, settings: retention })).queue.id;
    const { fromMs, endMs } = await this.#fillArchive(user);
    if (this.#aging === 'archive') await this.#rest(endMs - HOUR_MS / 2 - this.#nowMs);
    const job = await startRewind(user, { queue: QUEUE, by: 'sentAt', fromMs, into: COPIES, perSecond: 3 });
    await Promise.all([this.#carryOut(job), this.#useCopies(user)]);
    if (this.#aging === 'archive') await this.#cancelLate(user, job);
  }

  /** Messages that were deleted, a few in each object. @returns when the archive expires */
  async #fillArchive(user: QueueService) {
    const fromMs = this.#world.timeline.nowMs;
    for (let request = 0, requests = this.#random.between(4, 20); request < requests; request++) {
      const messages = Array.from({ length: this.#random.between(1, 12) }, (_, number) => ({
        body: `${request} ${number}`,
        attributes: NO_ATTRIBUTES,
      }));
      await send(user, { queue: QUEUE, messages });
      await this.#sleep(this.#random.below(2_000));
      await this.#consume(user, QUEUE, { max: 100, share: 1 });
    }
    while (this.#waiting.length > 0) await this.#sleep(1_000);
    const ends = this.#world.records.list('archived', { limit: 1_000 }).map(({ value }) => expiresAtMs(value.object));
    return { fromMs, endMs: Math.max(...ends.map((endMs) => endMs ?? 0)) };
  }

  /** Consumers take some, and messages that are too old leave. */
  async #useCopies(user: QueueService): Promise<void> {
    for (let round = 0; round < 40; round++) {
      await this.#sleep(this.#random.below(4_000));
      if (this.#random.chance(0.3)) await this.#consume(user, COPIES, { max: this.#random.between(1, 5), share: 0.5 });
      if (this.#aging === 'messages') await this.#strike('expirer', (service) => expireDue(service));
    }
  }

  async #consume(user: QueueService, queue: string, { max, share }: { max: number; share: number }): Promise<void> {
    const messages = await receive(user, { queue, max, waitMs: 0, visibilityMs: VISIBILITY_MS });
    const done = messages.filter(() => this.#random.chance(share));
    await deleteMessages(user, { queue, receipts: done.map(({ receipt }) => receipt) });
  }

  /** Hours after the archive expired, what nobody received is taken back all the same. */
  async #cancelLate(user: QueueService, job: RewindJob): Promise<void> {
    for (let walk = 0; walk < 2; walk++) {
      await this.#rest(7 * HOUR_MS);
      await this.#strike('expirer', (service) => expireArchive(service));
    }
    await cancelRewind(user, QUEUE, job.id);
    await this.#carryOut(job);
    await this.#sleep(60_000);
    for (const shard of this.#world.deliveries.shards) {
      if (queueOfShard(shard) !== this.#copies) continue;
      for (const delivery of this.#world.deliveries.of(shard))
        for (const name of namesIn(delivery, (index) => isOutstanding(delivery, index)))
          if (!this.#isReceived.has(name)) this.violations.push(`${name} is left after a late cancel`);
    }
    this.counts['cancelled late'] = 1;
  }

  async #carryOut(job: RewindJob): Promise<void> {
    for (let run = 0; run < RUNS_MAX; run++) {
      await this.#strike('rewinder', (service) => runRewind(service, job.queueId, job.id));
      const now = this.#world.records.get('rewind', rewindName(job.queueId, job.id))?.value;
      if (now?.finishedAtMs !== undefined) return;
      await this.#sleep(2_000);
    }
    this.violations.push('the rewind does not end');
  }

  #onChange(change: Change): void {
    this.#waiting.push(change);
    const { shard, before, after } = change;
    if (queueOfShard(shard) !== this.#copies) return;
    if (isEntry(change) && after !== undefined)
      for (const name of namesIn(after)) this.#comings.set(name, this.#comings.get(name) ?? this.#nowMs);
    if (after !== undefined && after.receiveCount > 0) for (const name of namesIn(after)) this.#isReceived.add(name);
    const expired = before?.receiveCount === 0 ? new Set(consumedBy(change)) : undefined;
    if (before === undefined || expired === undefined) return;
    for (const name of namesIn(before, (index) => expired.has(index))) {
      this.counts['expired'] = 1;
      const ageMs = this.#nowMs - (this.#comings.get(name) ?? 0);
      // A slice counts from when it was first to be put.
      const lateMs = this.#faults === NO_FAULTS ? LATENCY_MS_MAX : REPEAT_MS_MAX;
      if (ageMs < this.#retentionMs - lateMs)
        this.violations.push(`${name} is too old after ${ageMs} ms, with a retention of ${this.#retentionMs} ms`);
    }
  }

  /** The archiver follows the feed, without faults. */
  async #follow(): Promise<void> {
    const service = this.#open('archiver');
    while (!this.#isOver) {
      await this.#sleep(this.#pauseMs);
      const batch = this.#waiting.slice(0, 50);
      if (batch.length === 0) continue;
      await archive(service, batch);
      this.#waiting.splice(0, batch.length);
    }
  }

  async #rest(ms: number): Promise<void> {
    this.#pauseMs = REST_PAUSE_MS;
    await this.#sleep(ms);
    this.#pauseMs = FEED_PAUSE_MS;
    // The feed wakes up.
    await this.#sleep(REST_PAUSE_MS);
  }

  /** Runs work in a process that faults may strike. */
  async #strike(name: string, work: (service: QueueService) => Promise<unknown>): Promise<void> {
    const { process, ports } = this.#world.start(`${name}${this.#started++}`, () => this.#faults);
    const done = work(serviceOn(this.#options.plant?.(ports) ?? ports)).catch((error: unknown) => {
      if (!(error instanceof QueueError)) throw error;
    });
    await Promise.race([done, process.death]);
  }

  get #nowMs(): number {
    return this.#world.timeline.nowMs;
  }

  #sleep(ms: number): Promise<void> {
    return this.#world.timeline.sleep(ms);
  }

  /** A process without faults. */
  #open(name: string): QueueService {
    return serviceOn(this.#world.start(name, () => NO_FAULTS).ports);
  }
}

/** Names of rewound messages, by their places in the archive. */
function namesIn(delivery: Delivery, isWanted: (index: number) => boolean = () => true): string[] {
  return Array.from({ length: messageCount(delivery) }, (_, index) => index)
    .filter(isWanted)
    .flatMap((index) => {
      const { part, offset } = locate(delivery, index);
      return part.kind === 'archive' ? [`${sliceText(part.slice)}, message ${part.first + offset}`] : [];
    });
}

/** A world of one rewind into a queue with a retention, or of one that is cancelled after its archive has expired. */
export async function simulateAging(options: AgingOptions) {
  const world = new Aging(options);
  await world.play();
  return { seed: options.seed, violations: world.violations, counts: world.counts };
}
