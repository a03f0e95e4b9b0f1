import type { Delivery } from '../../model/delivery.ts';
import { QueueError } from '../../model/errors.ts';
import { type BlockId, type CellId, cellOfBlock, cellOfKey, type DeliveryKey, type ShardKey } from '../../model/ids.ts';
import { type DrawLatency, drawFate, type Fate, type Faults, SILENT } from './faults.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { Timeline } from './timeline.ts';

/** One storage step as its caller names it: for traces, and to know what a fault may have affected. */
export interface StorageStep {
  readonly name: string;
  readonly shard?: ShardKey;
  readonly key?: DeliveryKey;
  readonly delivery?: Delivery;
  readonly blocks?: readonly BlockId[];
  readonly about?: unknown;
}

interface Call<Answer> {
  readonly step: StorageStep;
  /** The whole work at one moment; returns the answer. */
  readonly work: () => Answer;
  /** The caller's answer in its place; by default a `QueueError`. */
  readonly throttled?: () => Answer;
  readonly unclear?: () => Answer;
}

export interface ProcessWorld {
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  /** The present faults. */
  readonly faults: Faults;
  readonly latencyMs: DrawLatency;
  readonly observer: {
    /** Called at the start of each call. */
    onStep?(process: SimulatedProcess, step: StorageStep, fate: Fate): void;
  };
}

/** One function instance or server: it calls the stores until it dies. Nothing in it runs after that. */
export class SimulatedProcess {
  readonly name: string;
  /** Resolves when the process has died. */
  readonly death: Promise<void>;
  readonly #world: ProcessWorld;
  #die: () => void = () => {};
  #isDead = false;
  #openCalls = 0;

  constructor(name: string, world: ProcessWorld) {
    this.name = name;
    this.#world = world;
    this.death = new Promise((resolve) => {
      this.#die = resolve;
    });
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Calls that are not over yet. */
  get openCalls(): number {
    return this.#openCalls;
  }

  call<Answer>(call: Call<Answer>): Promise<Answer> {
    const { timeline, random, faults, latencyMs, observer } = this.#world;
    const fate = concerns(call.step, faults.silentCell) ? SILENT : drawFate(random, faults, latencyMs);
    observer.onStep?.(this, call.step, fate);
    this.#openCalls++;
    let answer: Answer;
    if (fate.workAfterMs !== undefined)
      timeline.after(fate.workAfterMs, () => {
        answer = call.work();
      });
    return new Promise((resolve) => {
      timeline.after(fate.endAfterMs, () => {
        this.#openCalls--;
        if (fate.kind === 'crash') this.#crash();
        if (!this.#isDead) resolve(heard(call, fate, answer));
      });
    });
  }

  /** Waits without a call. A dead process does not wake. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#world.timeline.after(ms, () => {
        if (!this.#isDead) resolve();
      });
    });
  }

  #crash(): void {
    this.#isDead = true;
    this.#die();
  }
}

const concerns = ({ shard, blocks = [] }: StorageStep, cell: CellId | undefined): boolean =>
  cell !== undefined &&
  ((shard !== undefined && cellOfKey(shard) === cell) || blocks.some((block) => cellOfBlock(block) === cell));

async function heard<Answer>(call: Call<Answer>, fate: Fate, answer: Answer): Promise<Answer> {
  if (fate.kind === 'throttled') {
    if (call.throttled !== undefined) return call.throttled();
    throw new QueueError('Throttled', `${call.step.name} was throttled`);
  }
  if (fate.kind === 'lost') {
    if (call.unclear !== undefined) return call.unclear();
    throw new QueueError('Unavailable', `${call.step.name} was not answered`);
  }
  return answer;
}
