import { openQueueService, type Ports, type QueueService } from '../../../src/engine/index.ts';
import type { EpochMs } from '../../../src/model/brand.ts';
import type { Change } from '../../../src/model/change.ts';
import { QueueError } from '../../../src/model/errors.ts';
import { cellId } from '../../../src/model/ids.ts';
import { ROUTE_FRESH_MS, type Thresholds } from '../../../src/model/limits.ts';
import { type Faults, NO_FAULTS } from '../../../src/stores/simulated/faults.ts';
import { SeededRandom } from '../../../src/stores/simulated/seeded-random.ts';
import { SimulatedWorld } from '../../../src/stores/simulated/simulated-world.ts';
import { RewindWitness } from './witness.ts';

const THRESHOLDS: Thresholds = { inlineBytesMax: 120, blockBytesMax: 260, leaseBytesMax: 400 };
export const CELLS = [cellId(0), cellId(1)];

/** Faults of archiver, rewinder and compactor. Producers and consumers have none, so there are no excuses. */
const FAULTS: readonly Faults[] = [
  NO_FAULTS,
  { ...NO_FAULTS, crash: 0.015 },
  { ...NO_FAULTS, throttle: 0.02 },
  { ...NO_FAULTS, lostAnswer: 0.015 },
  { crash: 0.01, lostAnswer: 0.01, throttle: 0.01, slow: 0.002 },
];

/** Two moments this far apart lie in pieces of two feeds. */
export const PIECE_MS = 20_000;

/** Storage, its processes, and their observers. */
export class RewindWorld {
  readonly random: SeededRandom;
  readonly witness: RewindWitness;
  readonly world: SimulatedWorld;
  /** Gets each change of a delivery: where the feeds begin. */
  onChange: (change: Change) => void = () => {};
  /** The story has ended, or failed: the feeds end too. */
  isOver = false;
  /** Archive objects as they were before a bit of them flipped. */
  readonly intact = new Map<string, Uint8Array>();
  /** The feeds tell times rounded down to so many milliseconds: on AWS whole seconds. */
  readonly feedResolutionMs: number;
  /** Shards are split by their keys' time into pieces; another feed covers every other piece. */
  readonly isSplit: boolean;
  readonly #plant: (ports: Ports) => Ports;
  readonly #trace: ((line: string) => void) | undefined;
  #faults: Faults;
  #started = 0;

  constructor(options: { seed: number; plant?: (ports: Ports) => Ports; trace?: (line: string) => void }) {
    this.random = new SeededRandom(options.seed);
    this.#faults = this.random.pick(FAULTS);
    this.#plant = options.plant ?? ((ports) => ports);
    this.#trace = options.trace;
    this.witness = new RewindWitness({
      objectOf: (name) => this.intact.get(name) ?? this.world.objects.get(name),
      mayExpire: (name) => this.world.objects.expiring.has(name),
    });
    const pageMax = this.random.pick([5, 1_000]);
    this.isSplit = this.random.chance(0.5);
    const barrierOffsetsMs = this.isSplit ? [0, PIECE_MS] : [0];
    this.feedResolutionMs = this.random.pick([1, 1_000]);
    const { feedResolutionMs } = this;
    this.world = new SimulatedWorld(
      {
        seed: options.seed,
        leaseFloorMs: 0,
        leasesInPlace: options.seed % 2 === 0,
        pageMax,
        barrierOffsetsMs,
        feedResolutionMs,
      },
      {
        onChange: (change) => {
          this.witness.onChange(change);
          this.onChange(change);
        },
        onStep: (process, step, fate) => {
          if (fate.kind !== 'answered' && step.delivery !== undefined) this.witness.struck.add(step.delivery.key);
          this.trace(
            `${process.name}   ${step.name} ${step.key ?? ''} ${JSON.stringify(step.about) ?? ''} ${fate.kind}`,
          );
        },
      },
    );
  }

  get nowMs(): EpochMs {
    return this.world.timeline.nowMs;
  }

  sleep(ms: number): Promise<void> {
    return this.world.timeline.sleep(ms);
  }

  trace(line: string): void {
    this.#trace?.(`${this.nowMs % 100_000_000} ${line}`);
  }

  /** From now on there are no faults. */
  endFaults(): void {
    this.#faults = NO_FAULTS;
    this.world.pageMax = 1_000;
  }

  /** A process without faults. */
  open(name: string): QueueService {
    return this.#open(this.world.start(`${name}${this.#started++}`, () => NO_FAULTS).ports);
  }

  /** Runs work in a process of its own, which may die; returns whether it finished. */
  async attempt(
    name: string,
    work: (service: QueueService) => Promise<unknown>,
    { isSpared = false } = {},
  ): Promise<boolean> {
    const faults = () => (isSpared ? NO_FAULTS : this.#faults);
    const { process, ports } = this.world.start(`${name}${this.#started++}`, faults);
    this.trace(`${process.name} begins`);
    const ending = await Promise.race([
      work(this.#open(ports)).then(
        () => true,
        (error: unknown) => this.#refused(name, error),
      ),
      process.death.then(() => false),
    ]);
    this.trace(`${process.name} ${ending ? 'ends' : 'fails'}`);
    return ending;
  }

  #refused(name: string, error: unknown): boolean {
    if (!(error instanceof QueueError)) {
      this.witness.violations.push(`${name}: ${error instanceof Error ? error.stack : String(error)}`);
    } else this.trace(`${name}: ${error.message}`);
    return false;
  }

  #open(ports: Ports): QueueService {
    return openQueueService(this.#plant(ports), {
      thresholds: THRESHOLDS,
      cells: CELLS,
      routeFreshMs: ROUTE_FRESH_MS,
      shardsPerQueue: 1,
    });
  }
}
