import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EmbeddedDatabase,
  type EmbeddedOptions,
  openEmbeddedDatabase,
} from '../../../src/stores/embedded/database.ts';
import { ManualClock } from '../../support/clock.ts';
import { START_MS } from '../../support/ids.ts';

export interface FreshDatabase {
  database: EmbeddedDatabase;
  readonly directory: string;
  readonly clock: ManualClock;
  /** Closes it and removes its directory. */
  close(): Promise<void>;
}

/** A database in a directory of its own, by default fast and without durability; its clock stands still. */
export async function openInFreshDirectory(options: Partial<EmbeddedOptions> = {}): Promise<FreshDatabase> {
  const directory = mkdtempSync(join(tmpdir(), 'rewindmq-'));
  const clock = new ManualClock(START_MS);
  const fresh: FreshDatabase = {
    database: await openEmbeddedDatabase({ directory, clock, durability: 'none', ...options }),
    directory,
    clock,
    close: async () => {
      await fresh.database.close();
      rmSync(directory, { recursive: true });
    },
  };
  return fresh;
}

/** Closes the database and opens it again, like a restarted server. */
export async function reopen(fresh: FreshDatabase): Promise<EmbeddedDatabase> {
  await fresh.database.close();
  const { directory, clock } = fresh;
  fresh.database = await openEmbeddedDatabase({ directory, clock, durability: 'none' });
  return fresh.database;
}
