import { isDeepStrictEqual } from 'node:util';
import type { EpochMs } from '../../model/brand.ts';
import { QueueError } from '../../model/errors.ts';
import type { QueueId } from '../../model/ids.ts';
import {
  type Part,
  type PushLease,
  planEndPart,
  planOwnPart,
  runningSlots,
  type Share,
  shareOf,
} from '../../model/push/index.ts';
import { changeRecord } from '../records/index.ts';
import type { Using } from '../service.ts';
import type { LeaseHolder } from './lease-record.ts';
import type { Subscribed } from './subscribed.ts';

type Service = Using<'catalog' | 'clock' | 'random'>;

/** A dispatcher keeps its part this long; then the first dispatcher divides the queue anew. */
const PART_MS = 60_000;
/** What it knows of the other parts is read again after this. */
const FRESH_MS = 2_000;
/** Changes of a record that others change all the time; each tries a few times by itself. */
const TRIES_MAX = 10;
/** The longest pause between two of them, in milliseconds: a few writes of another writer. */
const TRY_PAUSE_MS_MAX = 50;

/**
 * The part of a queue's calls that one dispatcher beside the first one makes. All of them count in the queue's record
 * until it gives the part back, so it counts its own in memory.
 */
export class PartRecord implements LeaseHolder {
  readonly #service: Service;
  readonly #held: Subscribed;
  readonly #id: string;
  readonly #part: Part;
  #lease: PushLease;
  #share: Share;
  #readAtMs: EpochMs;
  /** It begins nothing after this. */
  readonly endsMs: EpochMs;

  private constructor(
    service: Service,
    held: Subscribed,
    taken: { id: string; part: Part; lease: PushLease; endsMs: EpochMs },
  ) {
    const { id, part, lease, endsMs } = taken;
    this.#service = service;
    this.#held = held;
    this.#id = id;
    this.#part = part;
    this.#readAtMs = service.clock.nowMs();
    this.#share = shareOf(lease, id, this.#readAtMs);
    this.endsMs = endsMs;
    const budget = { tokens: 0, atMs: this.#readAtMs };
    this.#lease = { epoch: 0, untilMs: 0 as EpochMs, slots: [], budget };
  }

  /**
   * Takes a part; `undefined` where another dispatcher has it, or it has ended.
   * @throws QueueError `Throttled`, `Unavailable`
   * @remarks Cost: one read and one write, more while the first dispatcher writes.
   */
  static async take(service: Service, held: Subscribed, id: string): Promise<PartRecord | undefined> {
    const owner = service.random.text(6);
    const endsMs = (service.clock.nowMs() + PART_MS) as EpochMs;
    const untilMs = (endsMs + held.leaseMs) as EpochMs;
    let own: PushLease | undefined;
    await changeBusy(service, held.queue.id, (lease) => {
      own = planOwnPart(lease, { id, owner, untilMs, nowMs: service.clock.nowMs() });
      return own ?? lease;
    });
    const part = own?.slots.find((slot) => slot.id === id)?.part;
    if (own === undefined || part === undefined) return undefined;
    return new PartRecord(service, held, { id, part, lease: own, endsMs });
  }

  get lease(): PushLease {
    return this.#lease;
  }

  change(plan: (lease: PushLease | undefined) => PushLease | undefined): Promise<PushLease | undefined> {
    const next = plan(this.#lease);
    // A call that could run for longer than the part counts does not begin.
    const countsUntilMs = this.endsMs + this.#held.leaseMs;
    if (next?.slots.some(({ untilMs }) => untilMs > countsUntilMs) === true) return Promise.resolve(undefined);
    this.#lease = next ?? this.#lease;
    return Promise.resolve(next);
  }

  /** The queue with the limits of the part; `undefined` once its subscription is another one, or its target fails. */
  narrow(held: Subscribed): Subscribed | undefined {
    if (this.#lease.breaker !== undefined) return undefined;
    if (!isDeepStrictEqual(held.subscription, this.#held.subscription)) return undefined;
    const { calls: maxConcurrency, perSecond } = this.#part;
    const pace = perSecond === undefined ? {} : { perSecond };
    return { ...held, subscription: { ...held.subscription, maxConcurrency, ...pace } };
  }

  /** Which shards are its own. @throws QueueError `Throttled`, `Unavailable` */
  async share(): Promise<Share> {
    const nowMs = this.#service.clock.nowMs();
    if (nowMs - this.#readAtMs <= FRESH_MS) return this.#share;
    const stored = await this.#service.catalog.get('pushLease', this.#held.queue.id);
    this.#readAtMs = nowMs;
    if (stored !== undefined) this.#share = shareOf(stored.value, this.#id, nowMs);
    return this.#share;
  }

  /** Gives the part back, once its calls have ended. One that cannot be given back ends by itself. */
  async giveBack(): Promise<void> {
    const { subscription: limits, queue } = this.#held;
    const { filtered = 0, breaker } = this.#lease;
    await changeBusy(this.#service, queue.id, (lease) => {
      const nowMs = this.#service.clock.nowMs();
      const running = runningSlots(this.#lease, nowMs);
      return lease && planEndPart(lease, { id: this.#id, running, limits, nowMs, filtered, breaker });
    }).catch(() => {});
  }
}

/**
 * Changes the record of a queue whose first dispatcher writes it again and again. Two writers in step with each other
 * would meet at each try, so the tries come at random moments.
 */
async function changeBusy(
  service: Service,
  queueId: QueueId,
  plan: (lease: PushLease | undefined) => PushLease | undefined,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await changeRecord(service, 'pushLease', queueId, plan);
      return;
    } catch (error) {
      if (!(error instanceof QueueError) || tries === TRIES_MAX) throw error;
      await service.clock.sleep(TRY_PAUSE_MS_MAX * service.random.next());
    }
  }
}
