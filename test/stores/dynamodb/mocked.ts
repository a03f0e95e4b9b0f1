import { mockClient } from 'aws-sdk-client-mock';
import { openDynamoClient } from '../../../src/stores/dynamodb/client.ts';
import { DynamoCatalog } from '../../../src/stores/dynamodb/dynamodb-catalog.ts';
import { DynamoLedger } from '../../../src/stores/dynamodb/dynamodb-ledger.ts';
import { DynamoShardStore } from '../../../src/stores/dynamodb/dynamodb-shard-store.ts';
import type { Capacity, Silence, Throttle } from '../../../src/stores/dynamodb/observer.ts';
import { highestRandom, ManualClock } from './ports.ts';

/** The stores on a client with scripted answers, which records its requests and the observer's calls. */
export function openMocked() {
  const client = openDynamoClient({ region: 'us-east-1' });
  const dynamo = mockClient(client);
  const clock = new ManualClock();
  const told = {
    capacities: [] as Capacity[],
    throttles: [] as Throttle[],
    silences: [] as Silence[],
    unreadable: [] as unknown[][],
  };
  const observer = {
    onCapacity: (capacity: Capacity) => void told.capacities.push(capacity),
    onThrottle: (throttle: Throttle) => void told.throttles.push(throttle),
    onSilence: (silence: Silence) => void told.silences.push(silence),
    onUnreadable: (...which: unknown[]) => void told.unreadable.push(which),
  };
  const ports = { client, clock, random: highestRandom, observer };
  return {
    dynamo,
    clock,
    told,
    shards: new DynamoShardStore(ports, (cell) => `cell-${cell}`),
    catalog: new DynamoCatalog(ports, 'catalog'),
    ledger: new DynamoLedger(ports, 'ledger'),
    /** The sent commands, in order. */
    asked: (): unknown[] => dynamo.calls().map((call) => call.args[0].input),
  };
}
