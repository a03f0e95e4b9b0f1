import type { S3Client } from '@aws-sdk/client-s3';
import { openQueueService, type QueueService } from '../src/engine/index.ts';
import { cellId } from '../src/model/ids.ts';
import { DEFAULT_THRESHOLDS, ROUTE_FRESH_MS } from '../src/model/limits.ts';
import { systemRandom } from '../src/runtime/system-random.ts';
import { DynamoCatalog } from '../src/stores/dynamodb/dynamodb-catalog.ts';
import { DynamoLedger } from '../src/stores/dynamodb/dynamodb-ledger.ts';
import { DynamoShardStore } from '../src/stores/dynamodb/dynamodb-shard-store.ts';
import { PollingArrivals } from '../src/stores/dynamodb/polling-arrivals.ts';
import { S3ObjectStore } from '../src/stores/s3/s3-object-store.ts';
import type { Tables } from '../test/stores/dynamodb/engines.ts';
import { PassingClock } from './passing-clock.ts';
import { RecordedChanges } from './recorded-changes.ts';

export interface QuietDeployment {
  readonly tables: Tables;
  readonly objects: S3Client;
  readonly bucket: string;
  readonly cells: number;
}

/** A deployment in virtual time over empty tables; the caller follows its feed. */
export function openQuiet({ tables, objects, bucket, cells }: QuietDeployment): {
  readonly service: QueueService;
  readonly changes: RecordedChanges;
  readonly clock: PassingClock;
} {
  const clock = new PassingClock();
  const ports = { client: tables.client, clock, random: systemRandom };
  const changes = new RecordedChanges(new DynamoShardStore(ports, tables.tableOf), clock);
  const service = openQueueService(
    {
      shards: changes,
      catalog: new DynamoCatalog(ports, tables.catalog),
      ledger: new DynamoLedger(ports, tables.ledger),
      objects: new S3ObjectStore({ client: objects, bucket }),
      arrivals: new PollingArrivals({ clock, random: systemRandom }),
      clock,
      random: systemRandom,
      runner: { start: async () => {} },
    },
    {
      thresholds: DEFAULT_THRESHOLDS,
      cells: Array.from({ length: cells }, (_, number) => cellId(number)),
      shardsPerQueue: 1,
      routeFreshMs: ROUTE_FRESH_MS,
    },
  );
  return { service, changes, clock };
}
