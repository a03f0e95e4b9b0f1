import { join } from 'node:path';
import { type EngineSettings, openQueueService, type QueueService, undoInterrupted } from '../engine/index.ts';
import { cellId } from '../model/ids.ts';
import type { Thresholds } from '../model/limits.ts';
import { compressAside } from '../model/packing.ts';
import type { Clock } from '../ports/clock.ts';
import { DirectoryObjectStore } from '../stores/directory/directory-object-store.ts';
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../stores/embedded/database.ts';
import { Background } from './background.ts';
import { HttpHost } from './http.ts';
import { type CallOptions, openLocalCalls } from './local-calls.ts';
import { type GivenKey, openLocalKeys } from './local-keys.ts';
import { LocalRewindRunner } from './local-rewind-runner.ts';
import { damageLog, type Log, stderrLog } from './log.ts';
import { openMachineClock, TimeNotes, type TimeSources } from './machine-clock.ts';
import { systemRandom } from './system-random.ts';

export interface LocalOptions extends CallOptions {
  /** Where everything is kept; made when missing. One process at a time may use it. */
  readonly directory: string;
  /** @default 127.0.0.1: callers on this machine only */
  readonly host?: string;
  /** 0 lets the system choose one. */
  readonly port: number;
  /** Cells that shards are spread over; one is right on one machine, more show what a deployment does. @default 1 */
  readonly cellCount?: number;
  /** Shards of a new queue. @default 1 */
  readonly shardsPerQueue?: number;
  /** A key that may do everything, in no list. @default none */
  readonly key?: GivenKey;
  /** Kept back on the disk, so that receives and deletes go on when it is full; bytes. @default 64 MiB */
  readonly reserveBytes?: number;
  /** The store failed, told in a sentence: nothing is served any more, and the process should end. @default ignored */
  readonly onStoreFailure?: (sentence: string) => void;
  /** @default standard error */
  readonly log?: Log;
  /** @default the clocks of this machine */
  readonly time?: TimeSources;
}

/** A server on this machine. */
export interface LocalRuntime {
  readonly url: string;
  readonly service: QueueService;
  /** Ends within 5 s: waiting receives are answered, calls at work finish, everything is on disk. */
  close(): Promise<void>;
}

/**
 * No units are paid for here. A delivery, and a lease by merging, may grow as long as two of them fit a page of the
 * embedded store; what fits a few pages is compressed only when it is archived; and a file has to be worth its flush.
 */
const THRESHOLDS: Thresholds = {
  inlineBytesMax: 1_800,
  leaseBytesMax: 1_900,
  plainBytesMax: 16_384,
  blockBytesMax: 262_144,
};

/** Room for a few segments of the log, checkpoints and archive objects, in which consumers can free more. */
const RESERVE_BYTES = 64 * 1024 * 1024;

/** Calls at work get this long when the server ends; the rest of the 5 s is for the store. */
const GRACE_MS = 3_500;

/**
 * Opens the queue service on this machine: the engine and the functions of a deployment over an embedded store.
 * @throws QueueError `Unavailable` when another process uses the directory; the system's error for a port in use
 */
export async function openLocalRuntime(options: LocalOptions): Promise<LocalRuntime> {
  const { directory, host = '127.0.0.1', port, cellCount = 1, shardsPerQueue = 1, log = stderrLog } = options;
  const clock = await openMachineClock(directory, log, options.time);
  const startedAtMs = clock.nowMs();
  const database = await openStore(options, clock, log);
  try {
    const objects = await DirectoryObjectStore.open(join(directory, 'objects'));
    const runner = new LocalRewindRunner(log);
    const world = { clock, random: systemRandom, runner, onDamage: damageLog(log) };
    const service = openQueueService(
      { ...storesOf(database), ...world, objects },
      settingsFor(cellCount, shardsPerQueue),
    );
    // Before anybody is served: what a server that died had begun is not to be mistaken for work of this one.
    await undoInterrupted(service, database.feed.lastChanges());
    const keys = await openLocalKeys(directory, service.catalog, options.key);
    const calls = await openLocalCalls({ service, keys, startedAtMs, log }, options);
    const server = await HttpHost.open({ ...calls, host, port, log });
    const background = new Background(service, database.feed, log);
    const time = new TimeNotes(clock, directory);
    await runner.open(service);
    return {
      url: `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`,
      service,
      close: async () => {
        await server.close(GRACE_MS);
        runner.close();
        await background.close();
        await time.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The catalog is in this process: a route costs nothing to read, so none is ever old. */
const settingsFor = (cellCount: number, shardsPerQueue: number): EngineSettings => ({
  thresholds: THRESHOLDS,
  cells: Array.from({ length: cellCount }, (_, number) => cellId(number)),
  shardsPerQueue,
  routeFreshMs: 0,
  compressArchive: compressAside,
});

async function openStore(options: LocalOptions, clock: Clock, log: Log): Promise<EmbeddedDatabase> {
  const { directory, reserveBytes = RESERVE_BYTES, onStoreFailure = () => {} } = options;
  const onDamage = (what: string) => log.warn('damagedValue', { what });
  return await openEmbeddedDatabase({ directory, clock, reserveBytes, onFailure: onStoreFailure, onDamage });
}

const storesOf = ({ shards, catalog, ledger, arrivals, room }: EmbeddedDatabase) => ({
  shards,
  catalog,
  ledger,
  arrivals,
  room,
});
