import { catalogContract } from '../../contracts/catalog.ts';
import { ledgerContract } from '../../contracts/ledger.ts';
import { shardStoreContract } from '../../contracts/shard-store.ts';
import { openInFreshDirectory } from './fresh-database.ts';

const open = async () => {
  const { database, close } = await openInFreshDirectory();
  return { store: database.shards, catalog: database.catalog, ledger: database.ledger, close };
};

shardStoreContract('embedded', open);
catalogContract('embedded', open);
ledgerContract('embedded', open);
