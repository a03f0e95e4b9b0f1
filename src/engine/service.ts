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
import type { PushRunner } from '../ports/push-runner.ts';
import type { Random } from '../ports/random.ts';
import type { RewindRunner } from '../ports/rewind-runner.ts';
import type { Room } from '../ports/room.ts';
import type { SecretBox } from '../ports/secret-box.ts';
import type { ShardStore } from '../ports/shard-store.ts';
import {
  Avoidance,
  Candidates,
  DueHints,
  JoinedCalls,
  LeaseRemainders,
  LongestWaits,
  PushRoom,
  QuietQueues,
  RouteCache,
  SliceReader,
  WithoutRemovedCells,
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
  /** @default none: queues take no subscription */
  readonly pushRunner?: PushRunner;
  /** Seals the keys that sign requests to endpoints. @default none: no key is made */
  readonly signingSecrets?: SecretBox;
  /** @default stores that never run out of it */
  readonly room?: Room;
  /** What the stores below use is added to it. @default one of its own */
  readonly load?: LoadTally;
  /** Learns of what is damaged when it is set aside, or when a rewind cannot bring it; must not throw. */
  readonly onDamage?: (damage: Damage) => void;
  /** Learns of what receives return, and to whom; must not throw. */
  readonly onReceived?: (received: Returned) => void;
}

/** What a receive returns. */
export interface Returned {
  readonly queueId: QueueId;
  readonly messages: readonly { readonly id: string; readonly receiveCount: number }[];
  /** Who holds them now, in the words of the protocol. */
  readonly holder: string | undefined;
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
  readonly dueHints: DueHints;
  readonly avoidance: Avoidance;
  readonly remainders: LeaseRemainders;
  readonly waits: LongestWaits;
  readonly quiet: QuietQueues;
  readonly pushRoom: PushRoom;
  readonly counting: JoinedCalls<QueueCounts>;
}

/**
 * What a function may touch of the service, so that its signature tells it. Callers pass the whole service. Sets that
 * many functions share have a name below.
 */
export type Using<Member extends keyof QueueService> = Pick<QueueService, Member>;

/** Records of the catalog. */
export interface Records extends Using<'catalog' | 'clock'> {}
/** Records of queues, and the routes that this process remembers. */
export interface Queues extends Records, Using<'routes' | 'pushRunner'> {}
/** Queues that get new shards. */
export interface NewQueues extends Queues, Using<'random' | 'settings'> {}
/** Records of jobs, and whatever carries them out. */
export interface Jobs extends Queues, Using<'runner' | 'settings'> {}

/** Marks on deliveries, removals, and redirects to where their messages went. */
export interface Deliveries extends Using<'shards' | 'ledger' | 'clock'> {}
/** Deliveries, and new ones put in their place. */
export interface NewDeliveries extends Deliveries, Using<'random' | 'settings'> {}
/** The messages of deliveries, wherever they lie. */
export interface Contents extends Using<'shards' | 'objects' | 'slices'> {}
/** Leases that take over deliveries, with their messages. */
export interface Leases extends NewDeliveries, Contents {}
/** Moves of messages into another queue. */
export interface Moves extends NewDeliveries, Using<'routes' | 'avoidance'> {}
/** Barriers, and the holds whose deliveries they ask the feed for. */
export interface Barriers extends Records, Deliveries, Using<'random'> {}
/** Archive objects and the list of them. */
export interface Archive extends Records, Using<'objects' | 'slices'> {}

/** Step 1 of the road. */
export interface Sending extends Moves, Using<'objects' | 'load' | 'room'> {}
/** Step 2. */
export interface Claiming extends Leases, Moves, Using<'candidates' | 'load' | 'onDamage'> {}
/** Receives: claims in one shard after the other, and waits between them. */
export interface Receiving
  extends Claiming,
    Receipts,
    Using<'arrivals' | 'dueHints' | 'quiet' | 'waits' | 'onReceived'> {}
/** Keys that sign requests to endpoints. */
export interface SigningKeys extends Queues, Using<'random' | 'signingSecrets'> {}
/** Push. */
export interface Pushing extends Receiving, Using<'catalog' | 'pushRoom' | 'pushRunner'> {}
/** Step 3, and changes of visibility. */
export interface Receipts extends NewDeliveries, Using<'routes' | 'remainders'> {}
/** Step 4. */
export interface Archiving extends Archive, Deliveries, Queues, Using<'settings'> {}
/** Step 5. */
export interface Rewinding extends Archive, Barriers, Queues, Moves, Using<'onDamage'> {}
/** Starts of rewinds and redrives. */
export interface Redriving extends Jobs, Counting {}

/** Looks at messages that change nothing. */
export interface Lookup extends Queues, Contents {}
/** Looks for one message, and changes of it. */
export interface Steering extends Lookup, Receipts {}
/** Counts. */
export interface Counting extends Queues, Barriers, Using<'counting'> {}
/** The controller. */
export interface Controlling extends Queues, Barriers, Using<'settings'> {}
/** Jobs of each minute. */
export interface Upkeep extends Queues, Deliveries, Using<'objects' | 'settings'> {}

/** @throws Error when no cell is open */
export function openQueueService(given: Ports, settings: EngineSettings): QueueService {
  if (settings.cells.length === 0) {
    throw new Error(`no cell is open, ${settings.leavingCells?.length ?? 0} are leaving; a queue needs at least one`);
  }
  const { removedCells = [] } = settings;
  const ports = removedCells.length === 0 ? given : { ...given, shards: new WithoutRemovedCells(given, removedCells) };
  return {
    ...ports,
    settings,
    routes: new RouteCache(ports, settings),
    candidates: new Candidates(ports),
    slices: new SliceReader(ports.objects),
    dueHints: new DueHints(ports),
    avoidance: new Avoidance(ports.clock),
    remainders: new LeaseRemainders(),
    waits: new LongestWaits(ports, settings),
    quiet: new QuietQueues(),
    pushRoom: new PushRoom(),
    counting: new JoinedCalls(),
    load: ports.load ?? new LoadTally(ports.clock.nowMs()),
  };
}
