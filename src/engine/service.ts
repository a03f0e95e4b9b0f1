import type { QueueCounts } from '../model/counts.ts';
import type { CellId, QueueId } from '../model/ids.ts';
import type { Thresholds } from '../model/limits.ts';
import { LoadTally } from '../model/load.ts';
import type { Compress } from '../model/packing.ts';
import type { Arrivals } from '../ports/arrivals.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { Random } from '../ports/random.ts';
import type { RewindRunner } from '../ports/rewind-runner.ts';
import type { Room } from '../ports/room.ts';
import type { ShardStore } from '../ports/shard-store.ts';
import {
  Avoidance,
  Candidates,
  JoinedCalls,
  LastLeft,
  LongestWaits,
  Occupancy,
  QuietQueues,
  RemainingCells,
  RouteCache,
  SliceReader,
} from './memory/index.ts';

/** What a deployment decides, and the engine goes by. */
export interface EngineSettings {
  readonly thresholds: Thresholds;
  /** Cells that new shards are placed in; at least one. */
  readonly cells: readonly CellId[];
  /** Cells that get no shards any more; those they have are moved elsewhere. @default none */
  readonly leavingCells?: readonly CellId[];
  /** Cells whose tables were taken out of the deployment, once they were empty. @default none */
  readonly removedCells?: readonly CellId[];
  /** Shards of a new queue that names no minimum; 1 and up. */
  readonly shardsPerQueue: number;
  /** How long a route serves from memory, in milliseconds; 0 where the catalog is in this process. */
  readonly routeFreshMs: number;
  /** The longest wait of a receive, in milliseconds. @default `WAIT_MS_MAX` */
  readonly waitMsMax?: number;
  /** Processes that receives may take at once; the controller shortens waits as they fill. @default any number */
  readonly receiveProcessesMax?: number;
  /** How chunks of the archive become smaller. @default on the spot: a function has no processor to spare */
  readonly compressArchive?: Compress;
}

/** The world as the engine needs it. */
export interface Ports {
  readonly shards: ShardStore;
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly objects: ObjectStore;
  readonly arrivals: Arrivals;
  readonly clock: Clock;
  readonly random: Random;
  readonly runner: RewindRunner;
  /** @default stores that never run out of it */
  readonly room?: Room;
  /** What the stores below use is added to it. @default one that nobody else adds to */
  readonly load?: LoadTally;
  /** Learns of what is damaged when it is set aside, or when a rewind cannot bring it; must not throw. */
  readonly onDamage?: (damage: Damage) => void;
}

/** Messages that cannot be read. */
export interface Damage {
  readonly queueId: QueueId;
  /** Names the object, block or delivery that is damaged or missing, and says so. */
  readonly what: string;
  readonly messageCount: number;
}

/** Ports, settings, and what one process remembers between requests: caches and hints, nothing that must last. */
export interface QueueService extends Ports {
  readonly settings: EngineSettings;
  readonly routes: RouteCache;
  readonly candidates: Candidates;
  readonly slices: SliceReader;
  readonly load: LoadTally;
  readonly occupancy: Occupancy;
  readonly avoidance: Avoidance;
  readonly lastLeft: LastLeft;
  readonly waits: LongestWaits;
  readonly quiet: QuietQueues;
  readonly counting: JoinedCalls<QueueCounts>;
}

/** @throws Error when no cell is open */
export function openQueueService(given: Ports, settings: EngineSettings): QueueService {
  if (settings.cells.length === 0) {
    throw new Error(`no cell is open, ${settings.leavingCells?.length ?? 0} are leaving; a queue needs at least one`);
  }
  const { removedCells = [] } = settings;
  const ports = removedCells.length === 0 ? given : { ...given, shards: new RemainingCells(given, removedCells) };
  return {
    ...ports,
    settings,
    routes: new RouteCache(ports, settings),
    candidates: new Candidates(ports),
    slices: new SliceReader(ports.objects),
    occupancy: new Occupancy(ports),
    avoidance: new Avoidance(ports.clock),
    lastLeft: new LastLeft(),
    waits: new LongestWaits(ports, settings),
    quiet: new QuietQueues(),
    counting: new JoinedCalls(),
    load: ports.load ?? new LoadTally(ports.clock.nowMs()),
  };
}
