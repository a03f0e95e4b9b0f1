import { openMemoryDatabase } from '../../../src/stores/embedded/database.ts';
import { MemoryObjectStore } from '../../../src/stores/embedded/memory-object-store.ts';
import { catalogContract } from '../../contracts/catalog.ts';
import { ledgerContract } from '../../contracts/ledger.ts';
import { objectStoreContract } from '../../contracts/object-store.ts';
import { shardStoreContract } from '../../contracts/shard-store.ts';
import { ManualClock } from '../../support/clock.ts';
import { START_MS } from '../../support/ids.ts';
import { openInFreshDirectory } from './fresh-database.ts';

const open = async () => {
  const fresh = await openInFreshDirectory();
  const { shards, catalog, ledger } = fresh.database;
  return { store: shards, catalog, ledger, close: () => fresh.close() };
};

shardStoreContract('embedded', open);
catalogContract('embedded', open);
ledgerContract('embedded', open);

const openInMemory = async () => {
  const database = openMemoryDatabase(new ManualClock(START_MS));
  const { shards, catalog, ledger } = database;
  return { store: shards, catalog, ledger, close: () => database.close() };
};

shardStoreContract('embedded, in memory', openInMemory);
catalogContract('embedded, in memory', openInMemory);
ledgerContract('embedded, in memory', openInMemory);
objectStoreContract('in memory', async () => ({ store: new MemoryObjectStore(), close: async () => {} }));
