import {
  cancelRewind,
  createQueue,
  deleteMessages,
  deleteQueue,
  type Ports,
  purgeQueue,
  type QueueService,
  receive,
  restoreQueue,
  runRewind,
  send,
  startRedrive,
  undoPurge,
} from '../../src/engine/index.ts';
import { type Change, isEntry } from '../../src/model/change.ts';
import { messageIdAt } from '../../src/model/delivery.ts';
import { QueueError } from '../../src/model/errors.ts';
import { type QueueId, queueOfShard } from '../../src/model/ids.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { type RewindJob, rewindName } from '../../src/model/rewind.ts';
import { type Faults, NO_FAULTS } from '../../src/stores/simulated/faults.ts';
import { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import { SimulatedWorld } from '../../src/stores/simulated/simulated-world.ts';
import { replaced } from './replaced.ts';
import { serviceOn } from './service-on.ts';

/** What happens to the dead-letter queue while its messages go back. */
export const REDRIVE_EVENTS = ['nothing', 'cancelled', 'purged', 'purged and undone', 'deleted and restored'] as const;
export type RedriveEvent = (typeof REDRIVE_EVENTS)[number];

export interface RedrivingOptions {
  readonly seed: number;
  /** Wraps the ports of each process that redrives: a planted bug. */
  readonly plant?: (ports: Ports) => Ports;
  /** @default drawn */
  readonly event?: RedriveEvent;
}

export interface RedrivingReport {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

const DEAD_LETTERS = 'failed';
const SOURCES = ['orders', 'refunds'] as const;
const VISIBILITY_MS = 1_000;
/** A redrive holds messages for a minute at most. */
const LEASE_MS = 61_000;
/** A redrive learns of a purge or a deletion within 10 s, and then finishes what it has begun. */
const LEARNS_MS_MAX = 20_000;
/** A target takes no messages for so long, at most. */
const BUSY_MS_MAX = 120_000;
const LATE_WORK_MS_MAX = 200_000;
const RUNS_MAX = 100;
/** Those die, get no answer, or none of these. */
const FAULTS: readonly Faults[] = [
  NO_FAULTS,
  NO_FAULTS,
  { ...NO_FAULTS, crash: 0.01 },
  { ...NO_FAULTS, lostAnswer: 0.01 },
];

/** A redrive of two queues' dead letters, of which one may take no messages for a while. */
class Redriving {
  readonly violations: string[] = [];
  readonly counts: Record<string, number> = {};
  readonly #options: RedrivingOptions;
  readonly #random: SeededRandom;
  readonly #world: SimulatedWorld;
  readonly #faults: Faults;
  readonly #ids = new Map<string, QueueId>();
  readonly #sent = new Set<string>();
  readonly #event: RedriveEvent;
  #started = 0;
  /** Until then one of the sources takes no messages, or the dead-letter queue no marks. */
  #busyUntilMs = 0;
  #isBusyHere = false;
  #endsAtMs = Number.POSITIVE_INFINITY;

  constructor(options: RedrivingOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.#faults = this.#random.pick(FAULTS);
    this.#event = options.event ?? this.#random.pick(REDRIVE_EVENTS);
    const pageMax = this.#random.pick([5, 1_000]);
    this.#world = new SimulatedWorld(
      { seed: options.seed, pageMax, leasesInPlace: options.seed % 2 === 0 },
      { onChange: (change) => this.#onChange(change) },
    );
  }

  async play(): Promise<void> {
    try {
      await this.#world.timeline.play(this.#tell());
    } catch (error) {
      this.violations.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }

  async #tell(): Promise<void> {
    const user = this.#open('user');
    await this.#makeDead(user);
    const pace = this.#random.chance(0.5) ? { perSecond: 2 } : {};
    if (this.#random.chance(0.4)) this.#busyUntilMs = this.#nowMs + this.#random.between(10_000, BUSY_MS_MAX);
    this.#isBusyHere = this.#random.chance(0.3);
    const job = await startRedrive(user, { queue: DEAD_LETTERS, ...pace });
    await Promise.all([this.#carryOut(job), this.#happens(user, job)]);
    await this.#carryOut(job);
    await this.#sleep(LATE_WORK_MS_MAX);
    this.#judge(this.#jobOf(job), await this.#drainAll(user));
  }

  /** Each message is received once too often, and so moves. */
  async #makeDead(user: QueueService): Promise<void> {
    const deadLetter = { queue: DEAD_LETTERS, maxReceives: 1 };
    await this.#create(user, DEAD_LETTERS, {});
    for (const name of SOURCES) {
      await this.#create(user, name, { deadLetter, visibilityMs: VISIBILITY_MS });
      const requests = this.#random.between(5, 20);
      for (let request = 0; request < requests; request++) {
        const messages = Array.from({ length: this.#random.between(1, 5) }, (_, number) => ({
          body: `${name} ${request} ${number}`,
          attributes: NO_ATTRIBUTES,
        }));
        for (const sent of await send(user, { queue: name, messages })) if ('id' in sent) this.#sent.add(sent.id);
      }
      for (let round = 0; round < 2; round++) {
        for (let got = 1; got > 0; )
          got = (await receive(user, { queue: name, max: 100, waitMs: 0, visibilityMs: LEASE_MS })).length;
        await this.#sleep(LEASE_MS);
      }
    }
  }

  async #create(user: QueueService, name: string, settings: Parameters<typeof createQueue>[1]['settings']) {
    this.#ids.set(name, (await createQueue(user, { name, settings })).queue.id);
  }

  async #happens(user: QueueService, job: RewindJob): Promise<void> {
    this.counts[this.#event] = 1;
    await this.#sleep(this.#random.below(15_000));
    if (this.#event === 'cancelled') await unlessRefused(cancelRewind(user, DEAD_LETTERS, job.id));
    if (this.#event.startsWith('purged')) await purgeQueue(user, DEAD_LETTERS);
    if (this.#event === 'deleted and restored') await deleteQueue(user, DEAD_LETTERS);
    if (this.#event !== 'nothing') this.#endsAtMs = this.#nowMs;
    await this.#sleep(this.#random.between(LEARNS_MS_MAX, 2 * LEARNS_MS_MAX));
    if (this.#event === 'purged and undone') await undoPurge(user, DEAD_LETTERS);
    if (this.#event === 'deleted and restored') await restoreQueue(user, { name: DEAD_LETTERS });
  }

  /** Redrivers die as often as the world wants, and others continue. */
  async #carryOut(job: RewindJob): Promise<void> {
    for (let run = 0; run < RUNS_MAX; run++) {
      const { process, ports } = this.#world.start(`redriver${this.#started++}`, () => this.#faults);
      const service = serviceOn(this.#options.plant?.(this.#withBusy(ports)) ?? this.#withBusy(ports));
      await Promise.race([unlessRefused(runRewind(service, job.queueId, job.id)), process.death]);
      if (this.#jobOf(job).finishedAtMs !== undefined) return;
      await this.#sleep(this.#random.between(1_000, 5_000));
    }
    this.violations.push('the redrive does not end');
  }

  /** For a while one queue is throttled. */
  #withBusy(ports: Ports): Ports {
    const { shards } = ports;
    const put: typeof shards.put = async (placements) => {
      const isIntoBusy = placements.some(({ shard }) => this.#isOf(shard, 'orders'));
      if (!this.#isBusy('target') || !isIntoBusy) return await shards.put(placements);
      this.counts['busy'] = 1;
      return placements.map(() => 'throttled' as const);
    };
    const tryMark: typeof shards.tryMark = async (shard, key, change, condition) => {
      if (!this.#isBusy('here') || change.redriven === undefined)
        return await shards.tryMark(shard, key, change, condition);
      this.counts['unmarked'] = 1;
      return { outcome: 'throttled' };
    };
    return { ...ports, shards: replaced(shards, { put, tryMark }) };
  }

  #isBusy(where: 'target' | 'here'): boolean {
    return this.#nowMs < this.#busyUntilMs && this.#isBusyHere === (where === 'here');
  }

  #isOf(shard: Change['shard'], name: string): boolean {
    return queueOfShard(shard) === this.#ids.get(name);
  }

  /** Redriven messages come into their queues, and none long after an event that ends the redrive. */
  #onChange(change: Change): void {
    const { shard, after } = change;
    const isComing = isEntry(change) && after?.parts.some(({ rewoundBy }) => rewoundBy !== undefined) === true;
    if (!isComing || this.#isOf(shard, DEAD_LETTERS)) return;
    this.counts['moved'] = 1;
    // A store that takes nothing keeps a redrive in what it has begun.
    const isLate = this.#nowMs > Math.max(this.#endsAtMs, this.#busyUntilMs) + LEARNS_MS_MAX;
    if (isLate && this.#faults === NO_FAULTS)
      this.violations.push(`${after && messageIdAt(after, 0)} moves after the dead letters were ${this.#event}`);
  }

  /** Everything that is left, with the queue where it came. */
  async #drainAll(user: QueueService): Promise<Map<string, string[]>> {
    const came = new Map<string, string[]>();
    for (const queue of [DEAD_LETTERS, ...SOURCES]) {
      for (let empty = 0; empty < 2; ) {
        const messages = await receive(user, { queue, max: 100, waitMs: 0, visibilityMs: LEASE_MS });
        for (const { id } of messages) came.set(id, [...(came.get(id) ?? []), queue]);
        await deleteMessages(user, { queue, receipts: messages.map(({ receipt }) => receipt) });
        if (messages.length === 0 && ++empty < 2) await this.#sleep(LEASE_MS);
      }
    }
    return came;
  }

  #judge(job: RewindJob, came: ReadonlyMap<string, readonly string[]>): void {
    const isSure = this.#faults === NO_FAULTS;
    const mayLeave = this.#event !== 'nothing';
    let moved = 0;
    for (const id of this.#sent) {
      const queues = came.get(id) ?? [];
      if (queues.length === 0 && this.#event !== 'purged') this.violations.push(`${id} is lost`);
      if (queues.length > 1 && isSure) this.violations.push(`${id} is in ${queues.join(' and ')}`);
      const isLeft = queues.includes(DEAD_LETTERS);
      if (isLeft && isSure && !mayLeave && job.state === 'done')
        this.violations.push(`${id} is left, though the redrive is done`);
      if (queues.some((queue) => queue !== DEAD_LETTERS)) moved++;
    }
    if (isSure && job.messagesRewound !== moved)
      this.violations.push(`the redrive says ${job.messagesRewound} moved, and ${moved} have`);
    if (isSure && !mayLeave && job.state !== 'done') this.violations.push(`the redrive is ${job.state}: ${job.error}`);
  }

  #jobOf({ queueId, id }: RewindJob): RewindJob {
    const stored = this.#world.records.get('rewind', rewindName(queueId, id));
    if (stored === undefined) throw new Error('the redrive has no record');
    return stored.value;
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

/** A user may come too late, and a redriver is started again. */
async function unlessRefused(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof QueueError)) throw error;
  }
}

/** A world of one redrive, while its dead-letter queue is purged, deleted, or its target takes no messages. */
export async function simulateRedrive(options: RedrivingOptions): Promise<RedrivingReport> {
  const world = new Redriving(options);
  await world.play();
  return { seed: options.seed, violations: world.violations, counts: world.counts };
}
