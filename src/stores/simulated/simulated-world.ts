import type { Ports } from '../../engine/service.ts';
import type { Block } from '../../model/block.ts';
import type { EpochMs } from '../../model/brand.ts';
import type { Change } from '../../model/change.ts';
import type { BlockId, ShardKey } from '../../model/ids.ts';
import type { ArrivalsWait } from '../../ports/arrivals.ts';
import { type DrawLatency, type Fate, type Faults, MIXED_LATENCY_MS, NO_FAULTS } from './faults.ts';
import { SeededRandom } from './seeded-random.ts';
import { type RecordChange, SimulatedCatalog, StoredRecords } from './simulated-catalog.ts';
import { SimulatedLedger, StoredNotes } from './simulated-ledger.ts';
import { SimulatedObjectStore, StoredObjects } from './simulated-object-store.ts';
import { SimulatedProcess, type StorageStep } from './simulated-process.ts';
import { SimulatedShardStore } from './simulated-shard-store.ts';
import { StoredDeliveries } from './stored-deliveries.ts';
import { Timeline } from './timeline.ts';

export interface WorldOptions {
  /** Decides everything: latencies, interleavings, faults, ids. */
  readonly seed: number;
  readonly startMs?: EpochMs;
  readonly leaseFloorMs?: number;
  /** Whether the store leases in place. @default false */
  readonly leasesInPlace?: boolean;
  /** Where a shard needs barriers. @default now: one feed reports a whole shard in one order */
  readonly barrierOffsetsMs?: readonly number[];
  /** Resolution that the stores report for their feed's times; its reader rounds them. @default 1: milliseconds */
  readonly feedResolutionMs?: number;
  /** How far the clock of a process may be ahead or behind at most, in milliseconds. @default 0 */
  readonly skewMsMax?: number;
  /** Largest page of a list. Small pages reveal callers that read only the first one. */
  readonly pageMax?: number;
  /** Latency of one way of a call; by default mostly milliseconds, and often enough far longer. */
  readonly latencyMs?: DrawLatency;
}

/** Observes the stores from outside; must change nothing. */
export interface WorldObserver {
  /** A call begins, with this fate. */
  onStep?(process: SimulatedProcess, step: StorageStep, fate: Fate): void;
  /** A delivery has just changed. */
  onChange?(change: Change): void;
  /** A record of the catalog was just written or removed. */
  onRecord?(change: RecordChange): void;
  /** A block is about to be removed. */
  onRemoveBlock?(block: BlockId): void;
}

/** Clocks are drawn apart, so that they change no other story. */
const SKEW_SEED = 5_000_000_029;
/** A moment of January 2027, the same in each story. */
const START_MS = 1_800_000_000_000 as EpochMs;
/** Pauses of a waiting receive grow by this up to half a second, as they do against DynamoDB. */
const ARRIVAL_PAUSE_MS = 25;
/** The longest such pause, in milliseconds. */
const ARRIVAL_PAUSE_MS_MAX = 500;

/**
 * All storage of a deployment in memory, under virtual time. Every call takes time. The seed decides the interleaving
 * of concurrent callers, and the faults. A seed always produces the same run.
 */
export class SimulatedWorld {
  readonly random: SeededRandom;
  readonly timeline: Timeline;
  readonly leaseFloorMs: number;
  readonly leasesInPlace: boolean;
  readonly barrierOffsetsMs: readonly number[];
  readonly feedResolutionMs: number;
  readonly deliveries: StoredDeliveries;
  readonly blocks = new Map<BlockId, Block>();
  readonly records: StoredRecords;
  readonly notes: StoredNotes;
  readonly objects = new StoredObjects();
  readonly observer: WorldObserver;
  readonly latencyMs: DrawLatency;
  /** Largest page of a list. */
  pageMax: number;
  /** How far clocks of processes are ahead or behind at most, in milliseconds, from now on. */
  skewMsMax: number;
  readonly #skews: SeededRandom;
  /** How often calls go wrong from now on. */
  faults: Faults = NO_FAULTS;

  constructor(options: WorldOptions, observer: WorldObserver = {}) {
    this.random = new SeededRandom(options.seed);
    this.#skews = new SeededRandom(options.seed + SKEW_SEED);
    this.skewMsMax = options.skewMsMax ?? 0;
    this.timeline = new Timeline(this.random.fork(), options.startMs ?? START_MS);
    this.leaseFloorMs = options.leaseFloorMs ?? 0;
    this.leasesInPlace = options.leasesInPlace ?? false;
    this.barrierOffsetsMs = options.barrierOffsetsMs ?? [0];
    this.feedResolutionMs = options.feedResolutionMs ?? 1;
    this.pageMax = options.pageMax ?? 1_000;
    this.observer = observer;
    this.latencyMs = options.latencyMs ?? MIXED_LATENCY_MS;
    const nowMs = () => this.timeline.nowMs;
    this.deliveries = new StoredDeliveries(nowMs, (change) => observer.onChange?.(change));
    this.records = new StoredRecords((change) => observer.onRecord?.(change));
    this.notes = new StoredNotes(nowMs);
  }

  /** Starts a process with its own ports. All processes share the storage and, by default, the faults. */
  start(name: string, faults: () => Faults = () => this.faults): { process: SimulatedProcess; ports: Ports } {
    const { timeline, random, latencyMs, observer } = this;
    const process = new SimulatedProcess(name, {
      timeline,
      random,
      latencyMs,
      observer,
      get faults() {
        return faults();
      },
    });
    const skew = 2 * this.#skews.next() - 1;
    const nowMs = () => (timeline.nowMs + Math.round(skew * this.skewMsMax)) as EpochMs;
    const ports: Ports = {
      shards: new SimulatedShardStore(process, this),
      catalog: new SimulatedCatalog(process, this.records),
      ledger: new SimulatedLedger(process, this.notes),
      objects: new SimulatedObjectStore(process, this.objects),
      clock: { nowMs, sleep: (ms) => process.sleep(ms) },
      random: this.random.fork(),
      // Actors of the simulation carry out rewinds.
      runner: { start: async () => {} },
      arrivals: {
        wait: (shards, { untilMs, attempt }) => this.#wait(process, shards, { leftMs: untilMs - nowMs(), attempt }),
      },
    };
    return { process, ports };
  }

  /** As with a store that does not notify: the shards are worth a look after a pause. */
  async #wait(
    process: SimulatedProcess,
    shards: readonly ShardKey[],
    { leftMs, attempt }: Pick<ArrivalsWait, 'attempt'> & { readonly leftMs: number },
  ): Promise<readonly ShardKey[]> {
    const pauseMs = Math.min(ARRIVAL_PAUSE_MS_MAX, ARRIVAL_PAUSE_MS * 2 ** attempt);
    await process.sleep(Math.min(Math.max(0, leftMs), pauseMs));
    return leftMs <= pauseMs ? [] : shards;
  }

  removeBlock(id: BlockId): void {
    if (!this.blocks.has(id)) return;
    this.observer.onRemoveBlock?.(id);
    this.blocks.delete(id);
  }
}
