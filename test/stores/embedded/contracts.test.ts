import { catalogContract } from '../../contracts/catalog.ts';
import { ledgerContract } from '../../contracts/ledger.ts';
import { shardStoreContract } from '../../contracts/shard-store.ts';
import { openInFreshDirectory } from './fresh-database.ts';

const open = async () => {
  const fresh = await openInFreshDirectory();
  const { shards, catalog, ledger } = fresh.database;
  return { store: shards, catalog, ledger, close: () => fresh.close() };
};

shardStoreContract('embedded', open);
catalogContract('embedded', open);
ledgerContract('embedded', open);
