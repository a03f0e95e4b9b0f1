import { join } from 'node:path';
import type { Arrivals } from '../../ports/arrivals.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ledger } from '../../ports/ledger.ts';
import type { Room } from '../../ports/room.ts';
import type { ShardStore } from '../../ports/shard-store.ts';
import { Base } from './base.ts';
import { lockDirectory } from './directory-lock.ts';
import { DiskReserve } from './disk-reserve.ts';
import { EmbeddedArrivals } from './embedded-arrivals.ts';
import { EmbeddedCatalog } from './embedded-catalog.ts';
import { EmbeddedFeed } from './embedded-feed.ts';
import { EmbeddedLedger } from './embedded-ledger.ts';
import { EmbeddedShardStore } from './embedded-shard-store.ts';
import { GroupCommit } from './group-commit.ts';
import { type ChangeJournal, Journal } from './journal.ts';
import { DirectoryDisk } from './log-disk.ts';
import { MemoryJournal } from './memory-journal.ts';
import { SegmentedLog } from './segmented-log.ts';
import { DISK_ANSWER_MS_MAX, StoreFailure } from './store-failure.ts';
import { BASE_FILE, findStore, writeMarker } from './store-files.ts';

export interface EmbeddedOptions {
  /** Created when missing; one process at a time. */
  readonly directory: string;
  readonly clock: Clock;
  /** `none` survives no power cut, and is fast: for tests. @default 'synced' */
  readonly durability?: 'synced' | 'none';
  /** Disk space in reserve, so that receives and deletes continue on a full disk; bytes. @default 0 */
  readonly reserveBytes?: number;
  /** The disk failed; called once with a sentence. Every call is refused from then on: the process should end. */
  readonly onFailure?: (sentence: string) => void;
  /** A stored value is damaged and set aside. @param what - table and key */
  readonly onDamage?: (what: string) => void;
  /** A write or sync fails after this. @default 10 s */
  readonly diskAnswerMsMax?: number;
  /** Runs between a flush and the answers that wait for it, so that a test may delay them. */
  readonly afterFlush?: () => Promise<void>;
}

/** The storage ports on one machine, over one directory. */
export interface EmbeddedDatabase {
  readonly shards: ShardStore;
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly arrivals: Arrivals;
  readonly feed: EmbeddedFeed;
  readonly room: Room;
  /** Writes what has begun, ends waits and reads of the feed, and releases the directory. */
  close(): Promise<void>;
}

/**
 * Opens the store of a directory: a log to which every write is synced, changes since the last checkpoint in memory,
 * and lmdb below them.
 *
 * @throws QueueError `Unavailable` when another process uses the directory, or its store is damaged or of another
 *   format; the system's errors
 * @see docs/decisions/0027-a-log-over-lmdb.md
 */
export async function openEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const lock = await lockDirectory(options.directory);
  const opened: (() => Promise<void> | void)[] = [() => lock.release()];
  try {
    return await openParts(options, opened);
  } catch (error) {
    for (const close of opened.toReversed()) await close();
    throw error;
  }
}

/** @param opened - collects the functions that close each part; call them in reverse order */
async function openParts(options: EmbeddedOptions, opened: (() => Promise<void> | void)[]): Promise<EmbeddedDatabase> {
  const { clock, afterFlush } = options;
  const { log, journal, reserve } = await openJournal(options, opened);
  const ports = portsOver({ clock, journal, feed: new EmbeddedFeed(log, journal), afterFlush });
  return {
    ...ports,
    room: reserve,
    close: async () => {
      try {
        await ports.close();
      } finally {
        for (const close of opened.splice(0).toReversed()) await close();
      }
    },
  };
}

/** Opens a store that lives as long as its process: the same tables, without a base and without a log. */
export function openMemoryDatabase(clock: Clock): EmbeddedDatabase {
  const journal = new MemoryJournal();
  const feed = new EmbeddedFeed(journal, journal, Number.POSITIVE_INFINITY);
  return { ...portsOver({ clock, journal, feed, afterFlush: undefined }), room: { shortage: undefined } };
}

function portsOver(of: {
  readonly clock: Clock;
  readonly journal: ChangeJournal;
  readonly feed: EmbeddedFeed;
  readonly afterFlush: EmbeddedOptions['afterFlush'];
}): Omit<EmbeddedDatabase, 'room'> {
  const { clock, journal, feed, afterFlush } = of;
  const arrivals = new EmbeddedArrivals(clock, (shard, from, before) => shards.read(shard, from, before));
  const commits = new GroupCommit(async (steps) => {
    await journal.prepare(clock.nowMs());
    steps();
    const entry = feed.takeEntry();
    // Visible from here on, so that a waiting receive may look while the disk is busy; its own writes come later.
    arrivals.notice(entry.changes);
    await journal.commit();
    await afterFlush?.();
    feed.publish(entry);
  });
  const [deliveries, blocks] = [journal.table('deliveries'), journal.table('blocks')];
  const shards = new EmbeddedShardStore({ deliveries, blocks, feed, commits });
  return {
    shards,
    catalog: new EmbeddedCatalog(journal.table('catalog'), commits, clock),
    ledger: new EmbeddedLedger({ notes: journal.table('ledger'), ends: journal.table('ends'), commits, clock }),
    arrivals,
    feed,
    close: async () => {
      arrivals.close();
      feed.close();
      if (feed.hasAcknowledged) await commits.run(() => {}).catch(() => {});
      await commits.close();
      await journal.close();
    },
  };
}

async function openJournal(options: EmbeddedOptions, opened: (() => Promise<void> | void)[]) {
  const { directory, durability = 'synced', reserveBytes = 0 } = options;
  const isFound = findStore(directory);
  if (!isFound) writeMarker(directory, 'making', durability);
  const disk = new DirectoryDisk(directory);
  const reserve = new DiskReserve({ disk, directory, bytes: reserveBytes });
  opened.push(() => reserve.close());
  const base = await Base.open(join(directory, BASE_FILE), durability, options.onDamage ?? (() => {}));
  opened.push(() => base.close());
  const log = new SegmentedLog({ disk, directory, durability });
  opened.push(() => log.close());
  if (!isFound) {
    await log.beginSegment();
    writeMarker(directory, 'made', durability);
  }
  const failure = new StoreFailure(options.onFailure ?? (() => {}), options.diskAnswerMsMax ?? DISK_ANSWER_MS_MAX);
  const journal = new Journal({ log, base, failure, relieve: reserve.relieve });
  await failure.guard('writing its log', () => log.confirm());
  return { log, journal, reserve };
}
