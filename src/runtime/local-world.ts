import { join } from 'node:path';
import {
  type EngineSettings,
  openQueueService,
  type QueueService,
  type Returned,
  undoInterrupted,
} from '../engine/index.ts';
import type { EpochMs } from '../model/brand.ts';
import { cellId } from '../model/ids.ts';
import type { Thresholds } from '../model/limits.ts';
import { compressAside } from '../model/packing.ts';
import type { Clock } from '../ports/clock.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { DirectoryObjectStore } from '../stores/directory/directory-object-store.ts';
import { type EmbeddedDatabase, openEmbeddedDatabase, openMemoryDatabase } from '../stores/embedded/database.ts';
import { MemoryObjectStore } from '../stores/embedded/memory-object-store.ts';
import { Background } from './background.ts';
import type { RestHandler } from './lambda.ts';
import { LastHolders } from './last-holders.ts';
import { LastPushFailures } from './last-push-failures.ts';
import { OWNER, openLocalCalls } from './local-calls.ts';
import { LocalHistory } from './local-history.ts';
import { openLocalKeys, openLocalSigning } from './local-keys.ts';
import type { LocalOptions } from './local-options.ts';
import { LocalPushRunner } from './local-push-runner.ts';
import { LocalRewindRunner } from './local-rewind-runner.ts';
import { LocalTargets } from './local-targets.ts';
import { damageLog, type Log } from './log.ts';
import { TimeNotes } from './machine-clock.ts';
import type { ServerMetrics } from './metrics.ts';
import { systemRandom } from './system-random.ts';

/** Stores, engine and background work: all that a server on this machine serves. */
export interface LocalWorld {
  readonly service: QueueService;
  readonly handler: RestHandler;
  close(): Promise<void>;
}

/** Options of every server, whatever it serves. */
export interface WorldOptions {
  readonly options: LocalOptions;
  readonly clock: Clock;
  readonly log: Log;
  readonly startedAtMs: EpochMs;
  readonly metrics: ServerMetrics;
}

/**
 * Units cost nothing here. A delivery may grow, and a lease by merging, as long as two of them fit a page of the
 * embedded store. A payload of up to a few pages is compressed only in the archive. A file must be worth its flush.
 */
const THRESHOLDS: Thresholds = {
  inlineBytesMax: 1_800,
  leaseBytesMax: 1_900,
  plainBytesMax: 16_384,
  blockBytesMax: 262_144,
};

/** Room for a few segments of the log, checkpoints and archive objects, in which consumers can free more. */
const RESERVE_BYTES = 64 * 1024 * 1024;

/** Opens the world of a directory. @throws QueueError `Unavailable` when another process uses it, or it is damaged */
export async function openDirectoryWorld(of: WorldOptions, directory: string): Promise<LocalWorld> {
  const { clock, log } = of;
  const { reserveBytes = RESERVE_BYTES, onStoreFailure = () => {} } = of.options;
  const onDamage = (what: string) => log.warn('damagedValue', { what });
  const database = await openEmbeddedDatabase({ directory, clock, reserveBytes, onFailure: onStoreFailure, onDamage });
  try {
    const objects = await DirectoryObjectStore.open(join(directory, 'objects'));
    const world = await openWorld(of, { database, objects, directory });
    const time = new TimeNotes(clock, directory);
    return {
      ...world,
      close: async () => {
        await time.close();
        await world.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Opens an empty world that ends with its process. @param reset - answers `POST /reset` */
export async function openMemoryWorld(of: WorldOptions, reset: () => Promise<void>): Promise<LocalWorld> {
  const database = openMemoryDatabase(of.clock);
  return await openWorld(of, { database, objects: new MemoryObjectStore(), reset });
}

async function openWorld(
  { options, clock, log, startedAtMs, metrics }: WorldOptions,
  stores: {
    readonly database: EmbeddedDatabase;
    readonly objects: ObjectStore;
    readonly directory?: string;
    readonly reset?: () => Promise<void>;
  },
): Promise<LocalWorld> {
  const { shards, catalog, ledger, arrivals, room, feed } = stores.database;
  const runner = new LocalRewindRunner(log);
  const { signingSecrets, keysOf } = await openLocalSigning(stores.directory, { catalog, clock });
  const pushFailures = new LastPushFailures(clock);
  const targets = new LocalTargets(options, { owner: OWNER, log, keysOf, failures: pushFailures });
  const pushRunner = new LocalPushRunner(targets, log);
  const [history, holders] = [await LocalHistory.open(stores.directory, log), new LastHolders()];
  const world = {
    clock,
    random: systemRandom,
    runner,
    pushRunner,
    onDamage: damageLog(log),
    onReceived: (received: Returned) => {
      history.noteReceived(received);
      holders.note(received);
    },
  };
  const ports = { shards, catalog, ledger, arrivals, room, objects: stores.objects, signingSecrets, ...world };
  const service = openQueueService(ports, settingsFor(options));
  // Before the first call: unfinished work of a dead server must not look like work of this one.
  await undoInterrupted(service, feed.lastChanges());
  const keys = await openLocalKeys(stores.directory, catalog, options.key);
  const of = { service, keys, startedAtMs, metrics, history, holders, pushFailures, log, reset: stores.reset };
  const handler = await openLocalCalls(of, options);
  const background = new Background(service, feed, log);
  await runner.open(service);
  await pushRunner.open(service);
  void history.begin(service, () => metrics.used);
  return {
    service,
    handler,
    close: async () => {
      runner.close();
      await pushRunner.close();
      await history.close();
      await background.close();
      await stores.database.close();
    },
  };
}

/** The catalog is in this process: reading a route costs nothing, so no route is ever stale. */
const settingsFor = ({ cellCount = 1, shardsPerQueue = 1 }: WorldOptions['options']): EngineSettings => ({
  thresholds: THRESHOLDS,
  cells: Array.from({ length: cellCount }, (_, number) => cellId(number)),
  shardsPerQueue,
  routeFreshMs: 0,
  compressArchive: compressAside,
});
