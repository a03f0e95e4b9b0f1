import { openQueueService, type Ports, type QueueService } from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import type { Change } from '../../src/model/change.ts';
import { QueueError } from '../../src/model/errors.ts';
import { type CellId, cellId, type QueueId, type ShardId } from '../../src/model/ids.ts';
import { REPEATS_MAX, ROUTE_FRESH_MS, type Thresholds } from '../../src/model/limits.ts';
import { type Fate, type Faults, NO_FAULTS } from '../../src/stores/simulated/faults.ts';
import type { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import type { RecordChange } from '../../src/stores/simulated/simulated-catalog.ts';
import type { SimulatedProcess, StorageStep } from '../../src/stores/simulated/simulated-process.ts';
import { SimulatedWorld } from '../../src/stores/simulated/simulated-world.ts';
import { Auditor, type Period } from './auditor.ts';
import type { ReadWatch } from './read-watch.ts';

/** Small enough that a few words already need a block or an object, and that leases differ in size. */
const THRESHOLDS: Thresholds = { inlineBytesMax: 120, blockBytesMax: 260, leaseBytesMax: 400 };
/** Several function instances, with the lease floor of their store; or one server, which needs none. */
const SHAPES = [
  { instances: 3, leaseFloorMs: 5_000, leasesInPlace: true },
  { instances: 3, leaseFloorMs: 5_000, leasesInPlace: true },
  { instances: 1, leaseFloorMs: 0, leasesInPlace: false },
];
const RECORDS_MAX = 10_000;
/** After this nothing that died or got no answer can still take effect, in milliseconds. */
const LATE_WORK_MS_MAX = 20_000;

export type Outcome<Answer> =
  | ({ readonly kind: 'answered'; readonly answer: Answer } & Period)
  | { readonly kind: 'refused'; readonly error: QueueError }
  | { readonly kind: 'died' };

interface Instance {
  readonly process: SimulatedProcess;
  readonly service: QueueService;
  readonly reads: Pick<ReturnType<ReadWatch['watching']>, 'begin' | 'end'>;
}

export interface DeploymentOptions {
  readonly seed: number;
  readonly random: SeededRandom;
  /** Wraps the engine's ports: a planted bug. */
  readonly plant?: (ports: Ports) => Ports;
  /** How far the clock of an instance may be ahead or behind, in milliseconds. @default 0 */
  readonly skewMsMax?: number;
  readonly trace?: (line: string) => void;
}

/** A deployment of the engine: function instances over one storage, each with its own memory, and an auditor. */
export class Deployment {
  readonly world: SimulatedWorld;
  readonly auditor: Auditor;
  /** Gets each change of a delivery: where the feeds begin. */
  onChange: (change: Change) => void = () => {};
  /** Batches that feeds have given up and nobody has replayed yet. */
  batchesGivenUp = 0;
  readonly #options: DeploymentOptions;
  readonly #instances: Instance[] = [];
  readonly #counts = new Map<string, number>();
  readonly #instanceCount: number;
  readonly #routes = new Map<QueueId, readonly ShardId[]>();
  readonly #left = new Set<string>();
  #started = 0;
  #hadFaults = false;
  #isCalm = false;

  constructor(options: DeploymentOptions) {
    this.#options = options;
    const { instances, leaseFloorMs, leasesInPlace } = options.random.pick(SHAPES);
    this.#instanceCount = instances;
    this.auditor = new Auditor(
      () => this.nowMs,
      () => this.world.objects,
      2 * (options.skewMsMax ?? 0),
    );
    const { observer } = this.auditor;
    this.world = new SimulatedWorld(
      {
        seed: options.seed,
        leaseFloorMs,
        leasesInPlace,
        pageMax: options.random.pick([2, 5, 1_000]),
        skewMsMax: options.skewMsMax ?? 0,
      },
      {
        ...observer,
        onChange: (change) => {
          observer.onChange?.(change);
          this.onChange(change);
        },
        onRecord: (change) => {
          observer.onRecord?.(change);
          this.#noteRoute(change);
        },
        onStep: (process, step, fate) => {
          observer.onStep?.(process, step, fate);
          this.#noteStep(process, step, fate);
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

  get hadFaults(): boolean {
    return this.#hadFaults;
  }

  get counts(): Readonly<Record<string, number>> {
    return { ...Object.fromEntries(this.#counts), ...this.auditor.counts };
  }

  /** Totals know few repeats: of more, the oldest are joined, and a replay of a batch between them is not counted. */
  get mayMissReplays(): boolean {
    if (!this.#counts.has('given up')) return false;
    const totals = this.world.records.list('totals', { limit: RECORDS_MAX });
    return totals.some(({ value }) => value.repeats.length === REPEATS_MAX);
  }

  /** The end has begun: nothing goes wrong any more. */
  get isCalm(): boolean {
    return this.#isCalm;
  }

  beginFaults(faults: Faults): void {
    this.world.faults = faults;
    this.#hadFaults = Object.values(faults).some((probability) => probability !== 0);
    this.trace(`faults ${JSON.stringify(faults)}`);
  }

  /** Silences a cell from now on, and restores the previous one; `undefined`: all answer. */
  failCell(cell: CellId | undefined): void {
    if (this.#isCalm) return;
    const { silentCell: _, ...others } = this.world.faults;
    this.world.faults = cell === undefined ? others : { ...others, silentCell: cell };
    if (cell === undefined) return;
    this.#hadFaults = true;
    this.count('cell failure');
    this.trace(`cell ${cell} gives no answer`);
  }

  /** From now on there are no faults; slow and running calls still finish. */
  endFaults(): void {
    this.world.faults = NO_FAULTS;
    this.world.pageMax = 1_000;
    this.world.skewMsMax = 0;
    this.#isCalm = true;
    this.trace('no more faults');
  }

  /** Waits until no unawaited work is running. */
  settle(): Promise<void> {
    return this.sleep(LATE_WORK_MS_MAX);
  }

  trace(line: string): void {
    this.#options.trace?.(`${this.nowMs % 100_000_000} ${line}`);
  }

  /** Counts an event, to check the coverage of a simulation. */
  count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  /** Counts shards that leave their route, and that come back. */
  #noteRoute({ kind, value }: RecordChange): void {
    if (kind !== 'queue' || value === undefined) return;
    const before = this.#routes.get(value.id) ?? [];
    const now = value.route.shards.map(({ id }) => id);
    for (const id of before.filter((shard) => !now.includes(shard))) {
      this.#left.add(value.id + id);
      this.count('shard left');
    }
    for (const id of now) if (this.#left.delete(value.id + id)) this.count('shard came back');
    this.#routes.set(value.id, now);
  }

  #noteStep(process: SimulatedProcess, step: StorageStep, fate: Fate): void {
    if (fate.kind !== 'answered') this.count(fate.kind);
    if (step.name === 'add redirect') this.count('redirects');
    if (step.name === 'lease') this.count('leases in place');
    if (this.#options.trace === undefined) return;
    const { name, shard = '', key = '', about } = step;
    const late = fate.workAfterMs === undefined ? ', no effect' : fate.workAfterMs > fate.endAfterMs ? ', later' : '';
    const how = fate.kind === 'answered' ? '' : `: ${fate.kind}${late}`;
    this.trace(`${process.name}   ${name} ${shard} ${key} ${short(about)}${how}`);
  }

  /** Runs one operation of the engine in some instance. */
  async call<Answer>(name: string, operation: (service: QueueService) => Promise<Answer>): Promise<Outcome<Answer>> {
    const { process, service, reads } = this.#instance();
    const startedAtMs = this.nowMs;
    this.trace(`${process.name} ${name}`);
    this.auditor.excuses.begin(process);
    reads.begin(name);
    const outcome = await Promise.race([
      operation(service).then(
        (answer): Outcome<Answer> => ({ kind: 'answered', answer, startedAtMs, endedAtMs: this.nowMs }),
        (error): Outcome<Answer> => this.#refused(name, error),
      ),
      process.death.then((): Outcome<Answer> => ({ kind: 'died' })),
    ]);
    const isIdle = this.auditor.excuses.end(process);
    if (isIdle) reads.end();
    // A refused call may have left other calls of its own running.
    if (outcome.kind === 'answered' && isIdle && process.openCalls > 0 && !this.#hadFaults)
      this.auditor.violate('answer', `${name} was answered while its work went on: a function would freeze it`);
    this.count(`${name.split(' ')[0]} ${outcome.kind}`);
    if (this.#options.trace !== undefined) this.trace(`${process.name} ${name}: ${told(outcome)}`);
    return outcome;
  }

  #instance(): Instance {
    const { random } = this.#options;
    const position = random.below(this.#instanceCount);
    const known = this.#instances[position];
    if (known !== undefined && !known.process.isDead) return known;
    const { process, ports } = this.world.start(`fn${this.#started++}`);
    const planted = this.#options.plant?.(ports) ?? ports;
    const watched = this.auditor.reads.watching(planted);
    const service = openQueueService(watched.ports, {
      thresholds: THRESHOLDS,
      cells: [cellId(0), cellId(1)],
      routeFreshMs: ROUTE_FRESH_MS,
      shardsPerQueue: 1,
    });
    const instance = { process, service, reads: watched };
    this.#instances[position] = instance;
    return instance;
  }

  #refused(name: string, error: unknown): Outcome<never> {
    if (error instanceof QueueError) {
      this.auditor.counts.refusals++;
      return { kind: 'refused', error };
    }
    this.auditor.violate('bug', `${name}: ${error instanceof Error ? error.stack : String(error)}`);
    return { kind: 'refused', error: new QueueError('Unavailable', 'a bug') };
  }
}

const told = (outcome: Outcome<unknown>): string => {
  if (outcome.kind === 'answered') return short(outcome.answer);
  return outcome.kind === 'died' ? 'died' : outcome.error.message;
};

const short = (about: unknown): string => {
  const text = JSON.stringify(about, (_, value: unknown) =>
    value instanceof Set ? [...value] : value instanceof Map ? [...value] : value,
  );
  return (text ?? '').slice(0, 300);
};
