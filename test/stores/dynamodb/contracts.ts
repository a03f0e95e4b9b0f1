import { afterAll, beforeAll } from 'vitest';
import { DynamoCatalog } from '../../../src/stores/dynamodb/dynamodb-catalog.ts';
import { DynamoLedger } from '../../../src/stores/dynamodb/dynamodb-ledger.ts';
import { DynamoShardStore } from '../../../src/stores/dynamodb/dynamodb-shard-store.ts';
import { catalogContract } from '../../contracts/catalog.ts';
import { ledgerContract } from '../../contracts/ledger.ts';
import { shardStoreContract } from '../../contracts/shard-store.ts';
import { createTables, type Engine } from './engines.ts';
import { highestRandom, ManualClock } from './ports.ts';

/** All contracts of the stores, on tables of their own in one engine. */
export function dynamoContracts(name: string, startEngine: () => Promise<Engine>): void {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine();
  });
  afterAll(async () => engine.stop());

  const open = async () => {
    const tables = await createTables(engine.endpoint);
    const ports = { client: tables.client, clock: new ManualClock(), random: highestRandom };
    return { tables, ports, close: () => tables.drop() };
  };

  shardStoreContract(name, async () => {
    const { tables, ports, close } = await open();
    return { store: new DynamoShardStore(ports, tables.tableOf), close };
  });
  catalogContract(name, async () => {
    const { tables, ports, close } = await open();
    return { catalog: new DynamoCatalog(ports, tables.catalog), close };
  });
  ledgerContract(name, async () => {
    const { tables, ports, close } = await open();
    return { ledger: new DynamoLedger(ports, tables.ledger), close };
  });
}
