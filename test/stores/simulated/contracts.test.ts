import { SimulatedWorld } from '../../../src/stores/simulated/simulated-world.ts';
import { catalogContract } from '../../contracts/catalog.ts';
import { ledgerContract } from '../../contracts/ledger.ts';
import { shardStoreContract } from '../../contracts/shard-store.ts';
import { START_MS } from '../../support/ids.ts';

const open = () =>
  new SimulatedWorld({ seed: 1, startMs: START_MS, pageMax: 40, leasesInPlace: true }).start('contract').ports;
const close = async () => {};

shardStoreContract('simulated', async () => ({ store: open().shards, close }));
catalogContract('simulated', async () => ({ catalog: open().catalog, close }));
ledgerContract('simulated', async () => ({ ledger: open().ledger, close }));
