import type { S3Client } from '@aws-sdk/client-s3';
import type { Used } from '../lib/cost/measured.ts';
import { archive, createQueue, openQueueService, type QueueService, receive } from '../src/engine/index.ts';
import type { EpochMs } from '../src/model/brand.ts';
import { cellId } from '../src/model/ids.ts';
import { DEFAULT_THRESHOLDS, ROUTE_FRESH_MS } from '../src/model/limits.ts';
import type { Clock } from '../src/ports/clock.ts';
import { everyMinute } from '../src/runtime/minute.ts';
import { systemRandom } from '../src/runtime/system-random.ts';
import { DynamoCatalog } from '../src/stores/dynamodb/dynamodb-catalog.ts';
import { DynamoLedger } from '../src/stores/dynamodb/dynamodb-ledger.ts';
import { DynamoShardStore } from '../src/stores/dynamodb/dynamodb-shard-store.ts';
import { PollingArrivals } from '../src/stores/dynamodb/polling-arrivals.ts';
import { S3ObjectStore } from '../src/stores/s3/s3-object-store.ts';
import type { Tables } from '../test/stores/dynamodb/engines.ts';
import { meter } from './meter.ts';
import { RecordedChanges } from './recorded-changes.ts';

const START_MS = Date.UTC(2026, 10, 30);
const MINUTE_MS = 60_000;
/** An hour: some jobs run once in it. */
const MINUTES = 60;
const WAIT_MS = 20_000;
/** Tables without a cost: the controller of an idle deployment asks for nothing more. */
const TABLES = { writeUnitsMax: async () => 4_000, warm: async () => {}, isEmpty: async () => false };
const SILENT = { count: () => {}, measureSeconds: () => {} };

/** Time passes only during a wait. */
class PassingClock implements Clock {
  #nowMs = START_MS;

  nowMs(): EpochMs {
    return this.#nowMs as EpochMs;
  }

  async sleep(ms: number): Promise<void> {
    this.#nowMs += ms;
  }
}

export interface Idle {
  /** For one run of the controller, and the runs of the archiver that its barriers cause. */
  readonly minute: Used & { readonly runs: number };
  readonly emptyWait: Used;
}

interface Deployment {
  readonly tables: Tables;
  readonly objects: S3Client;
  readonly bucket: string;
  readonly cells: number;
}

/** Meters an idle deployment of some cells with one queue, over empty tables. */
export async function meterIdle({ tables, objects, bucket, cells }: Deployment): Promise<Idle> {
  const clock = new PassingClock();
  const ports = { client: tables.client, clock, random: systemRandom };
  const changes = new RecordedChanges(new DynamoShardStore(ports, tables.tableOf), clock);
  const service: QueueService = openQueueService(
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
  const metered = meter(tables.client, objects);
  await createQueue(service, { name: 'idle', settings: {} });
  const before = metered.snapshot();
  let runs = 0;
  for (let minute = 0; minute < MINUTES; minute++) {
    await everyMinute({ service, telemetry: SILENT, tables: TABLES });
    for (const change of changes.take(Number.MAX_SAFE_INTEGER)) {
      await archive(service, [change]);
      runs++;
    }
    await clock.sleep(MINUTE_MS);
  }
  const ofMinutes = metered.snapshot();
  await receive(service, { queue: 'idle', max: 10, waitMs: WAIT_MS });
  const ofAll = metered.snapshot();
  return {
    minute: { ...combine(ofMinutes, before, (all, first) => (all - first) / MINUTES), runs: runs / MINUTES },
    emptyWait: combine(ofAll, ofMinutes, (all, minutes) => all - minutes),
  };
}

/** The difference of two usages, or another combination. */
export const combine = (one: Used, other: Used, of: (one: number, other: number) => number): Used => ({
  writeUnits: of(one.writeUnits, other.writeUnits),
  readUnits: of(one.readUnits, other.readUnits),
  objectPuts: of(one.objectPuts, other.objectPuts),
  objectGets: of(one.objectGets, other.objectGets),
});
