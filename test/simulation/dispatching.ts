import {
  createQueue,
  type DispatchCommand,
  dispatch,
  openQueueService,
  type Ports,
  pauseSubscription,
  type QueueService,
  resumeSubscription,
  send,
  subscribe,
  waitForWork,
  wake,
} from '../../src/engine/index.ts';
import { consumedBy } from '../../src/model/change.ts';
import { messageIdAt } from '../../src/model/delivery.ts';
import { QueueError } from '../../src/model/errors.ts';
import { cellId } from '../../src/model/ids.ts';
import { DEFAULT_THRESHOLDS, ROUTE_FRESH_MS } from '../../src/model/limits.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { type CallEnd, type Subscription, verdictOn } from '../../src/model/push/index.ts';
import type { Queue } from '../../src/model/queue.ts';
import type { PushAnswer, PushCall, PushTarget } from '../../src/ports/push-target.ts';
import { type Faults, NO_FAULTS } from '../../src/stores/simulated/faults.ts';
import { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import { SimulatedWorld } from '../../src/stores/simulated/simulated-world.ts';
import { FAULTS, TARGET_ENDS } from './dispatching-faults.ts';
import { divide } from './dividing.ts';
import { Waking } from './waking.ts';

export interface DispatchingOptions {
  readonly seed: number;
  /** Wraps the ports of each dispatcher: a planted bug. */
  readonly plant?: (ports: Ports) => Ports;
  /** Changes what a dispatcher hears of a call. */
  readonly plantInAnswer?: (answer: PushAnswer) => PushAnswer;
  /** Dispatchers are woken as on AWS. @default they wait for work, as on one machine */
  readonly isOnAws?: boolean;
  /** Wraps the ports of a waker: a planted bug. */
  readonly plantInWaker?: (ports: Ports) => Ports;
  /** Other dispatchers take parts of the queue. */
  readonly isDivided?: boolean;
  /** Nothing is put with a mark: a planted bug. */
  readonly marksNothing?: boolean;
}

const QUEUE = 'orders';
const TARGET_MS = 20_000;
/** On AWS it answers sooner: the next message then often comes while its dispatcher goes to sleep. */
const BRIEF_MS = 1_500;
/** A target that gives no clear answer may work on; not longer than the lease of its messages. */
const WORKS_ON_MS = 25_000;
const PAUSE_MS_MAX = 5_000;
const SENDS = 12;
const STORY_MS = 400_000;
const END_MS_MAX = 4 * 3_600_000;
/** Covers the senders whose route knows of no subscription yet. */
const LINGER_MS = 12_000;

/** Dispatchers of the engine over simulated storage, with a target that answers, fails, hangs and does one part. */
class Dispatching {
  readonly violations = new Set<string>();
  readonly #options: DispatchingOptions;
  readonly #random: SeededRandom;
  readonly #world: SimulatedWorld;
  readonly #subscription: Subscription;
  readonly #sent = new Set<string>();
  readonly #reached = new Set<string>();
  readonly #answered = new Set<string>();
  readonly #deleted = new Set<string>();
  readonly #starts: { readonly atMs: number; readonly count: number }[] = [];
  #running = 0;
  #pausedAtMs: number | undefined;
  readonly #over = new AbortController();
  readonly #waking: Waking;
  #started = 0;

  constructor(options: DispatchingOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    const leaseFloorMs = this.#random.pick([0, 5_000]);
    this.#world = new SimulatedWorld(
      { seed: options.seed, leaseFloorMs, leasesInPlace: leaseFloorMs > 0 },
      {
        onChange: (change) => {
          const { before } = change;
          if (options.isOnAws === true) this.#waking.onChange(change);
          if (before === undefined) return;
          for (const index of consumedBy(change)) this.#noteDeleted(String(messageIdAt(before, index)));
        },
      },
    );
    const random = this.#random;
    this.#waking = new Waking({
      random: new SeededRandom(options.seed),
      isOver: () => this.#over.signal.aborted,
      hasFaults: () => this.#world.faults !== NO_FAULTS,
      nowMs: () => this.#world.timeline.nowMs,
      sleep: this.#sleep,
      open: (name) => this.#open(name, undefined, name.startsWith('waker') ? options.plantInWaker : undefined),
      dispatch: (service, { wakeUp, processEndsMs }) => this.#dispatch(service, { wakeUp, processEndsMs }),
    });
    this.#subscription = {
      to: { kind: 'https', url: 'https://orders.example' },
      format: 'raw',
      batchSize: random.between(1, 5),
      batchWindowMs: random.pick([0, 0, 5_000]),
      maxConcurrency: random.between(1, 3) + (options.isDivided === true ? 2 : 0),
      ...(random.chance(0.5) ? { perSecond: random.between(1, 3) } : {}),
      targetMs: TARGET_MS,
      reportBatchItemFailures: random.chance(0.5),
    };
  }

  async play(): Promise<void> {
    const service = this.#open('operator', () => NO_FAULTS).service;
    await createQueue(service, { name: QUEUE, settings: { visibilityMs: this.#random.pick([2_000, 30_000]) } });
    // A sender that has read the route before.
    const sender = this.#options.isOnAws === true ? this.#open('sender', () => NO_FAULTS).service : service;
    await sender.routes.get(QUEUE);
    await subscribe(service, QUEUE, this.#subscription);
    this.#world.faults = this.#random.pick(FAULTS);
    // Two at once: wake-ups come twice.
    const dispatchers =
      this.#options.isOnAws === true ? [this.#waking.control()] : [this.#dispatchers(), this.#dispatchers()];
    const divided = this.#options.isDivided === true ? this.#divide() : undefined;
    await Promise.all([this.#produce(sender), this.#pauseAndResume(service), this.#sleep(STORY_MS)]);
    this.#world.faults = NO_FAULTS;
    await this.#untilAllIsDeleted();
    this.#over.abort();
    await Promise.all([...dispatchers, divided]);
  }

  #sleep = (ms: number): Promise<void> => this.#world.timeline.sleep(ms);

  #open(name: string, faults?: () => Faults, plant = this.#options.plant) {
    const { process, ports } = this.#world.start(name, faults);
    const marked = this.#options.marksNothing === true ? ports : this.#waking.marking(ports);
    const planted = faults === undefined ? (plant?.(marked) ?? marked) : marked;
    const start = async (queue: Queue): Promise<void> => {
      if (this.#options.isOnAws === true) await wake(ports, queue, this.#waking.call, { lingerMs: LINGER_MS });
    };
    const pushRunner = { refusal: () => undefined, start };
    const service = openQueueService(
      { ...planted, pushRunner },
      { thresholds: DEFAULT_THRESHOLDS, cells: [cellId(0)], routeFreshMs: ROUTE_FRESH_MS, shardsPerQueue: 2 },
    );
    return { process, service };
  }

  async #produce(service: QueueService): Promise<void> {
    for (let sends = 0; sends < SENDS; sends++) {
      await this.#sleep(this.#pauseMs());
      const count = this.#random.between(1, 6);
      const messages = Array.from({ length: count }, (_, index) => ({
        body: `${sends} ${index}`,
        attributes: NO_ATTRIBUTES,
        ...(this.#random.chance(0.1) ? { delayMs: this.#random.below(30_000) } : {}),
      }));
      for (const outcome of await send(service, { queue: QUEUE, messages }))
        if ('id' in outcome) this.#sent.add(outcome.id);
    }
  }

  #pauseMs(): number {
    // A dispatcher that has found nothing goes to sleep at about that time.
    if (this.#options.isOnAws === true && this.#random.chance(0.4)) return this.#random.between(2_000, 8_000);
    return this.#random.chance(0.3) ? this.#random.below(60_000) : this.#random.below(500);
  }

  async #pauseAndResume(service: QueueService): Promise<void> {
    if (this.#random.chance(0.5)) return;
    await this.#sleep(this.#random.below(200_000));
    await pauseSubscription(service, QUEUE);
    this.#pausedAtMs = this.#world.timeline.nowMs;
    await this.#sleep(this.#random.below(60_000));
    this.#pausedAtMs = undefined;
    await resumeSubscription(service, QUEUE);
  }

  /** One dispatcher after the other; when one dies, another begins. */
  async #dispatchers(): Promise<void> {
    while (!this.#over.signal.aborted) {
      const { process, service } = this.#open(`dispatcher ${this.#started++}`);
      await Promise.race([process.death, this.#dispatchAgain(service)]);
      await this.#sleep(this.#random.below(3_000));
    }
  }

  async #dispatchAgain(service: QueueService): Promise<void> {
    const { signal: end } = this.#over;
    while (!this.#over.signal.aborted) {
      const { outcome, lookedAtMs, restUntilMs } = await this.#dispatch(service);
      if (outcome === 'asleep' && restUntilMs === undefined)
        await waitForWork(service, QUEUE, { sinceMs: lookedAtMs, end }).catch(() => {});
      else await service.clock.sleep(Math.max(1_000, (restUntilMs ?? 0) - service.clock.nowMs()));
    }
  }

  #divide(): Promise<void> {
    const { service } = this.#open('divider', () => NO_FAULTS);
    const untilMs = this.#world.timeline.nowMs + STORY_MS;
    const random = new SeededRandom(this.#options.seed);
    return divide(service, QUEUE, { untilMs, limits: this.#subscription, random, help: this.#help });
  }

  #help = async (part: string): Promise<void> => {
    const { process, service } = this.#open(`part ${this.#started++}`);
    const work = this.#dispatch(service, { wakeUp: { due: [], part } });
    await Promise.race([process.death, work.then(({ settled }) => settled)]);
  };

  async #dispatch(service: QueueService, how: Omit<DispatchCommand, 'queue' | 'target' | 'end'> = {}) {
    const { processEndsMs = Number.POSITIVE_INFINITY } = how;
    const target: PushTarget = {
      call: (call) => {
        if (this.#world.timeline.nowMs + TARGET_MS > processEndsMs)
          this.violations.add('a call begins that may outlast its process');
        return this.#call(call);
      },
    };
    const dispatched = await dispatch(service, { queue: QUEUE, target, end: this.#over.signal, ...how });
    const { outcome, error } = dispatched;
    if (outcome === 'failed' && !(error instanceof QueueError))
      this.violations.add(`a dispatcher fails: ${String(error)}`);
    return dispatched;
  }

  /** What the target does goes on though its caller dies. */
  async #call(call: PushCall): Promise<PushAnswer> {
    this.#noteStart(call);
    const random = this.#random;
    const end: CallEnd = this.#world.faults === NO_FAULTS ? { kind: 'status', status: 200 } : random.pick(TARGET_ENDS);
    const isClear = verdictOn(end) !== 'unclear';
    const tookMs = isClear ? random.below(this.#options.isOnAws === true ? BRIEF_MS : TARGET_MS) : TARGET_MS;
    void this.#sleep(isClear ? tookMs : tookMs + random.below(WORKS_ON_MS)).then(() => this.#running--);
    await this.#sleep(tookMs);
    const ids = call.messages.map(({ id }) => id);
    const isDone = end.kind === 'status' && end.status === 200;
    const { reportBatchItemFailures: reports } = this.#subscription;
    const failed = reports && this.#world.faults !== NO_FAULTS ? ids.filter(() => random.chance(0.2)) : [];
    if (end.kind !== 'notConnected') for (const id of ids) this.#reached.add(id);
    if (isDone) for (const id of ids) if (!failed.includes(id)) this.#answered.add(id);
    const text = JSON.stringify({ batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) });
    const answer: PushAnswer = isDone ? { end, text } : { end };
    return this.#options.plantInAnswer?.(answer) ?? answer;
  }

  #noteStart({ messages }: PushCall): void {
    const { nowMs } = this.#world.timeline;
    const { maxConcurrency, perSecond, batchSize } = this.#subscription;
    if (++this.#running > maxConcurrency) this.violations.add('more calls than maxConcurrency run at once');
    if (this.#pausedAtMs !== undefined && nowMs - this.#pausedAtMs > PAUSE_MS_MAX)
      this.violations.add('a call begins more than 5 s after the pause');
    this.#starts.push({ atMs: nowMs, count: messages.length });
    if (perSecond === undefined) return;
    let count = 0;
    for (const start of this.#starts.toReversed()) {
      count += start.count;
      // Slot and call are two steps: what was paid for a little earlier may begin now.
      const mayBe = Math.max(perSecond, batchSize) + (perSecond * (nowMs - start.atMs + 700)) / 1_000;
      if (count > mayBe + 1) this.violations.add('messages begin faster than perSecond and one burst');
    }
  }

  #noteDeleted(id: string): void {
    if (!this.#answered.has(id)) this.violations.add('a message is deleted without an answer that says so');
    this.#deleted.add(id);
  }

  async #untilAllIsDeleted(): Promise<void> {
    const untilMs = this.#world.timeline.nowMs + END_MS_MAX;
    while ([...this.#sent].some((id) => !this.#deleted.has(id))) {
      if (this.#world.timeline.nowMs > untilMs) {
        this.violations.add('a message never reaches its target');
        return;
      }
      await this.#sleep(10_000);
    }
    if ([...this.#sent].some((id) => !this.#reached.has(id)))
      this.violations.add('a message is deleted and never reached its target');
  }

  run(): Promise<void> {
    return this.#world.timeline.play(this.play());
  }
}

/** Plays one world; returns what it broke. */
export async function simulateDispatching(options: DispatchingOptions): Promise<readonly string[]> {
  const dispatching = new Dispatching(options);
  await dispatching.run();
  return [...dispatching.violations];
}
