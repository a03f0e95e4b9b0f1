import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import type { Arrivals } from '../../ports/arrivals.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ledger } from '../../ports/ledger.ts';
import type { ShardStore } from '../../ports/shard-store.ts';
import { lockDirectory } from './directory-lock.ts';
import { EmbeddedArrivals } from './embedded-arrivals.ts';
import { EmbeddedCatalog } from './embedded-catalog.ts';
import { EmbeddedFeed } from './embedded-feed.ts';
import { EmbeddedLedger } from './embedded-ledger.ts';
import { EmbeddedShardStore } from './embedded-shard-store.ts';
import { GroupCommit } from './group-commit.ts';
import { openValues } from './values.ts';

export interface EmbeddedOptions {
  /** Made if it is not there; one process at a time. */
  readonly directory: string;
  readonly clock: Clock;
  /** `none` keeps nothing through a power cut, and is fast: for tests. @default 'synced' */
  readonly durability?: 'synced' | 'none';
  /** Stands between a flush and the answers that wait for it, so that a test may hold them back. */
  readonly afterFlush?: () => Promise<void>;
}

/** The ports of storage on one machine, over one database file. */
export interface EmbeddedDatabase {
  readonly shards: ShardStore;
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly arrivals: Arrivals;
  readonly feed: EmbeddedFeed;
  /** Writes what was begun, ends waits and reads of the feed, and leaves the directory to others. */
  close(): Promise<void>;
}

const FILE_NAME = 'store.mdb';
const TABLES_MAX = 8;

/** @throws QueueError `Unavailable` when another process uses the directory */
export async function openEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const { directory, clock } = options;
  const lock = lockDirectory(directory);
  const isSynced = options.durability !== 'none';
  const root = openFile(join(directory, FILE_NAME), isSynced, lock);
  const feed = new EmbeddedFeed(openValues<number>(root, 'feed'), clock);
  const arrivals = new EmbeddedArrivals(clock, (shard, from, before) => shards.read(shard, from, before));
  const commits = new GroupCommit(async (steps) => {
    const entry = await transaction(root, () => {
      steps();
      return feed.writeEntry();
    });
    // Visible from here on, so that a waiting receive may look while the disk is busy; its own writes come after this.
    if (entry !== undefined) arrivals.notice(entry.changes);
    if (isSynced) await root.flushed;
    await options.afterFlush?.();
    if (entry !== undefined) feed.publish(entry);
  });
  const tables = { deliveries: openValues(root, 'deliveries'), blocks: openValues(root, 'blocks') };
  const shards = new EmbeddedShardStore({ ...tables, feed, commits });
  return {
    shards,
    catalog: new EmbeddedCatalog(openValues(root, 'catalog'), commits, clock),
    ledger: new EmbeddedLedger({ notes: openValues(root, 'ledger'), ends: openValues(root, 'ends'), commits, clock }),
    arrivals,
    feed,
    close: async () => {
      arrivals.close();
      feed.close();
      try {
        while (feed.hasAcknowledged) await commits.run(() => {});
        await commits.close();
      } finally {
        await root.close();
        lock.release();
      }
    },
  };
}

function openFile(path: string, isSynced: boolean, lock: { release(): void }): RootDatabase {
  try {
    return open({
      path,
      maxDbs: TABLES_MAX,
      noSync: !isSynced,
      overlappingSync: isSynced,
      // Groups are made here. The library's own batches also leave promises behind that nobody can catch when a commit
      // fails, and a full disk would end the process.
      eventTurnBatching: false,
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** A transaction that fails throws what the system said; the library hides that in a promise of its own. */
async function transaction<Answer>(root: RootDatabase, action: () => Answer): Promise<Answer> {
  try {
    return await root.transaction(action);
  } catch (error) {
    if (error instanceof Error && 'commitError' in error) await error.commitError;
    throw error;
  }
}
