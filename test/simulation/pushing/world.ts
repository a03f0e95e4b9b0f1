import type { EpochMs } from '../../../src/model/brand.ts';
import * as push from '../../../src/model/push/index.ts';
import { SeededRandom } from '../../../src/stores/simulated/seeded-random.ts';

/** The rules under test, and the habits of a dispatcher. A planted bug replaces some of them. */
export interface Pushing {
  readonly rules: typeof push;
  /** After it has gone to sleep a dispatcher looks once more. */
  readonly looksAgain: boolean;
  /** A dispatcher that finds no entry among the due times puts one, for its own death. */
  readonly hasWatchdog: boolean;
  /** A wake-up has an entry among the due times before it is sent. */
  readonly notesWakes: boolean;
  /** The slot of a call is taken before the call. */
  readonly takesSlotFirst: boolean;
  /** The dispatcher of a part begins nothing that could outlast the time of its part. */
  readonly partsEnd: boolean;
  /** A part is given back when all its calls have ended. */
  readonly partsDrain: boolean;
  /** A dispatcher reads the subscription again after this, in milliseconds. */
  readonly subscriptionMs: number;
}

export const AS_BUILT: Pushing = {
  rules: push,
  looksAgain: true,
  hasWatchdog: true,
  notesWakes: true,
  takesSlotFirst: true,
  partsEnd: true,
  partsDrain: true,
  subscriptionMs: 4_000,
};

/** An actor yields how long it pauses, in milliseconds; each piece between two yields is one step. */
export type Story = Generator<number, void>;

interface Actor {
  readonly story: Story;
  /** It may die at any step. */
  readonly isMortal: boolean;
  atMs: number;
}

interface Message {
  readonly id: string;
  /** Index of its shard. */
  readonly shard: number;
  visibleAtMs: number;
  /** Number of the claim that holds it. */
  claim: number;
  isReached: boolean;
  /** An answer said that it is done. */
  isAnswered: boolean;
  isDeleted: boolean;
}

export const SHARDS = 3;
const PAUSE_MS_MAX = 5_000;
const CRASH = 0.02;
const SLOW = 0.05;
const SLOW_MS_MAX = 20_000;

/** One queue with its record, its target and everybody who works for it, in virtual time. */
export class PushWorld {
  readonly random: SeededRandom;
  readonly pushing: Pushing;
  readonly limits: push.PushLimits;
  /** Messages come in bursts, and the queue is split into parts. */
  readonly isBusy: boolean;
  readonly messages: Message[] = [];
  readonly violations = new Set<string>();
  /** Calls that the target really works on. */
  readonly running = new Set<string>();
  /** When the controller wakes the queue if it is asleep. Each entry has an owner, who alone may remove it. */
  readonly due = new Map<string, number>();
  readonly #actors: Actor[] = [];
  readonly #starts: { readonly atMs: number; readonly count: number }[] = [];
  nowMs: EpochMs = 1_000_000 as EpochMs;
  lease: push.PushLease | undefined;
  version = 0;
  /** Messages of which the feed has not told the waker. */
  untold = 0;
  pausedAtMs: number | undefined;
  hasFaults = true;
  claims = 0;

  constructor(seed: number, pushing: Pushing) {
    this.random = new SeededRandom(seed);
    this.pushing = pushing;
    this.isBusy = seed % 4 === 0;
    const batchSize = this.isBusy ? 1 : this.random.between(1, 5);
    this.limits = {
      maxConcurrency: this.isBusy ? this.random.between(3, 8) : this.random.between(1, 3),
      batchSize,
      ...(this.random.chance(0.5) ? { perSecond: this.random.between(1, 2) * (this.isBusy ? 3 : 1) } : {}),
    };
  }

  spawn(story: Story, isMortal = false): void {
    this.#actors.push({ story, isMortal, atMs: this.nowMs + this.random.below(50) });
  }

  /** Plays steps until that moment, or until nobody is left. */
  play(untilMs: number): void {
    for (;;) {
      const next = this.#actors.reduce<Actor | undefined>(
        (first, one) => (first === undefined || one.atMs < first.atMs ? one : first),
        undefined,
      );
      if (next === undefined || next.atMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, next.atMs) as EpochMs;
      this.#step(next);
      this.#audit();
    }
    this.nowMs = Math.max(this.nowMs, untilMs) as EpochMs;
  }

  #step(actor: Actor): void {
    const isDead = actor.isMortal && this.hasFaults && this.random.chance(CRASH);
    const turn = isDead ? actor.story.return() : actor.story.next();
    if (turn.done === true) {
      this.#actors.splice(this.#actors.indexOf(actor), 1);
      return;
    }
    const isSlow = actor.isMortal && this.hasFaults && this.random.chance(SLOW);
    actor.atMs = this.nowMs + turn.value + this.random.below(40) + (isSlow ? this.random.below(SLOW_MS_MAX) : 0);
  }

  ready(): Message[] {
    return this.messages.filter((one) => !one.isDeleted && one.visibleAtMs <= this.nowMs);
  }

  /** What is ready in the shards of one dispatcher. */
  readyIn({ count, rest }: push.Share): Message[] {
    return this.ready().filter(({ shard }) => shard % count === rest);
  }

  send(): void {
    const id = `m${this.messages.length}`;
    const fresh = { claim: 0, isReached: false, isAnswered: false, isDeleted: false };
    this.messages.push({ id, shard: this.messages.length % SHARDS, visibleAtMs: this.nowMs, ...fresh });
  }

  /** One conditional write. `unclear`: it may have happened. */
  write(next: push.PushLease | undefined, version: number): 'done' | 'lost' | 'unclear' {
    if (next === undefined) return 'lost';
    const isUnclear = this.hasFaults && this.random.chance(0.01);
    if (isUnclear && this.random.chance(0.5)) return 'unclear';
    if (version !== this.version) return isUnclear ? 'unclear' : 'lost';
    this.lease = next;
    this.version++;
    return isUnclear ? 'unclear' : 'done';
  }

  noteStart(id: string, count: number): void {
    this.running.add(id);
    this.#starts.push({ atMs: this.nowMs, count });
    const { maxConcurrency } = this.limits;
    if (this.running.size > maxConcurrency) this.violations.add(`more than ${maxConcurrency} calls run at once`);
    if (this.pausedAtMs !== undefined && this.nowMs - this.pausedAtMs > PAUSE_MS_MAX)
      this.violations.add('a call begins more than 5 s after the pause');
    this.#auditPace();
  }

  delete(message: Message): void {
    if (!message.isAnswered) this.violations.add('a message is deleted without an answer that says so');
    message.isDeleted = true;
  }

  #auditPace(): void {
    const { perSecond, batchSize } = this.limits;
    if (perSecond === undefined) return;
    let count = 0;
    for (const start of this.#starts.toReversed()) {
      count += start.count;
      // Slot and call are two steps: what was paid for a little earlier may begin now.
      const mayBe = Math.max(perSecond, batchSize) + (perSecond * (this.nowMs - start.atMs + 700)) / 1_000;
      if (count > mayBe + 1) this.violations.add('messages begin faster than perSecond and one burst');
    }
  }

  /** Nothing may be ready while the queue is asleep and nobody is on the way to see it. */
  #audit(): void {
    if (this.untold > 0 || this.due.size > 0 || this.pausedAtMs !== undefined) return;
    const isAsleep = this.lease === undefined || this.lease.untilMs <= this.nowMs;
    if (isAsleep && this.ready().length > 0) this.violations.add('something is ready, and nobody wakes the dispatcher');
  }
}
