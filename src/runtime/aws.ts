import { S3Client } from '@aws-sdk/client-s3';
import type { MiddlewareObj } from '@middy/core';
import { type EngineSettings, openQueueService, type Ports, type QueueService } from '../engine/index.ts';
import { type CellId, cellId } from '../model/ids.ts';
import { DEFAULT_THRESHOLDS, ROUTE_FRESH_MS, STORE_TRY_MS_MAX } from '../model/limits.ts';
import { LoadTally } from '../model/load.ts';
import type { CellTables } from '../ports/cell-tables.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { RewindRunner } from '../ports/rewind-runner.ts';
import { openDynamoClient } from '../stores/dynamodb/client.ts';
import { DynamoCatalog } from '../stores/dynamodb/dynamodb-catalog.ts';
import { DynamoCellTables } from '../stores/dynamodb/dynamodb-cell-tables.ts';
import { DynamoLedger } from '../stores/dynamodb/dynamodb-ledger.ts';
import { DynamoShardStore } from '../stores/dynamodb/dynamodb-shard-store.ts';
import { PollingArrivals } from '../stores/dynamodb/polling-arrivals.ts';
import { S3ObjectStore } from '../stores/s3/s3-object-store.ts';
import { AwsPushRunner } from './aws-push-runner.ts';
import { openAwsSecrets } from './aws-secrets.ts';
import { ENV, type Environment, variable } from './env.ts';
import { formatLayer } from './format-layer.ts';
import { IdleConnections } from './idle-connections.ts';
import { loadObserver } from './load-observer.ts';
import { reportLayer } from './report-layer.ts';
import { StateMachineRunner } from './state-machine-runner.ts';
import { systemClock } from './system-clock.ts';
import { systemRandom } from './system-random.ts';
import { openTelemetry, type Telemetry } from './telemetry.ts';
import { ControllerWaker } from './wake-controller.ts';

/** What a deployed function uses, opened once for all calls of its process. */
export interface AwsRuntime {
  readonly service: QueueService;
  readonly telemetry: Telemetry;
  /** Layers around a handler. */
  readonly layers: readonly MiddlewareObj[];
  readonly tables: CellTables;
  /** Absent where nothing is pushed. */
  readonly pushRunner: AwsPushRunner | undefined;
}

const world = { clock: systemClock, random: systemRandom };
/** Connecting within the Region takes milliseconds; longer means that the address does not answer. */
const CONNECT_MS_MAX = 1_000;
/** Tries of one call of S3: calls on objects are idempotent. */
const OBJECT_TRIES_MAX = 3;

/** The controller looks for rewinds each minute, and carries them out by their records. */
const runByController: RewindRunner = { start: async () => {} };

/** Opens the queue service on AWS. @throws Error that names the missing environment variable */
export function openAwsRuntime(environment: Environment): AwsRuntime {
  const telemetry = openTelemetry(variable(environment, ENV.stage));
  const tables = variable(environment, ENV.cellTables).split(',');
  const all = tables.map((_, number) => cellId(number));
  const removedCells = all.filter((_, number) => tables[number] === '');
  const left = all.filter((cell) => !removedCells.includes(cell));
  const leaving = leavingIn(environment[ENV.leavingCells] ?? '');
  const leavingCells = left.filter((cell) => leaving.includes(cell));
  const cells = left.filter((cell) => !leaving.includes(cell));
  const tableOf = tableByCell(all, tables);
  const load = new LoadTally(systemClock.nowMs());
  const cellOfTable = new Map(left.map((cell) => [tableOf(cell), cell]));
  const connections = new IdleConnections(systemClock);
  const client = openDynamoClient({}, connections.agents);
  const ports = { ...world, client, observer: loadObserver(load, cellOfTable, telemetry.observer) };
  const catalog = new DynamoCatalog(ports, variable(environment, ENV.catalogTable));
  const pushRunner = AwsPushRunner.open(environment, { ...world, catalog }, telemetry.log);
  const service = openQueueService(
    {
      ...world,
      shards: new DynamoShardStore(ports, tableOf),
      catalog,
      ledger: new DynamoLedger(ports, variable(environment, ENV.ledgerTable)),
      objects: openObjects(variable(environment, ENV.archiveBucket)),
      arrivals: new PollingArrivals(world),
      runner: rewindRunnerIn(environment, telemetry),
      load,
      ...pushPortsIn(environment, pushRunner),
      onDamage: telemetry.onDamage,
    },
    {
      thresholds: DEFAULT_THRESHOLDS,
      cells,
      leavingCells,
      removedCells,
      shardsPerQueue: 1,
      routeFreshMs: ROUTE_FRESH_MS,
      ...waitingIn(environment),
    },
  );
  const controller = environment[ENV.controllerFunction];
  const waker = controller === undefined ? undefined : new ControllerWaker(systemClock, controller);
  const layers = [
    connections.layer,
    ...telemetry.layers,
    formatLayer(service.catalog),
    reportLayer(service, telemetry.log, waker),
  ];
  return { service, telemetry, layers, pushRunner, tables: new DynamoCellTables(client, tableOf) };
}

/** Functions that have the key for another purpose cannot use it for this one: their policies refuse it. */
const pushPortsIn = (environment: Environment, pushRunner: AwsPushRunner | undefined): Partial<Ports> => ({
  ...(pushRunner === undefined ? {} : { pushRunner }),
  ...(environment[ENV.secretsKey] === undefined ? {} : { signingSecrets: openAwsSecrets(environment, 'signing-key') }),
});

function rewindRunnerIn(environment: Environment, { log }: Telemetry): RewindRunner {
  const machine = environment[ENV.rewindMachine];
  return machine === undefined ? runByController : new StateMachineRunner(systemClock, machine, log);
}

/** Bounds on waiting receives; without these variables only the protocols set bounds. */
function waitingIn(environment: Environment): Pick<EngineSettings, 'waitMsMax' | 'receiveProcessesMax'> {
  const { [ENV.maxWaitSeconds]: seconds, [ENV.receiveProcesses]: processes } = environment;
  return {
    ...(seconds === undefined ? {} : { waitMsMax: Number(seconds) * 1_000 }),
    ...(processes === undefined ? {} : { receiveProcessesMax: Number(processes) }),
  };
}

const leavingIn = (numbers: string): CellId[] =>
  numbers === '' ? [] : numbers.split(',').map((number) => cellId(Number(number)));

function tableByCell(cells: readonly CellId[], tables: readonly string[]): (cell: CellId) => string {
  const byCell = new Map(cells.map((cell, number) => [cell, tables[number]]));
  return (cell) => {
    const table = byCell.get(cell);
    if (!table) throw new Error(`cell ${cell} has no table; ${ENV.cellTables} names ${tables.length}`);
    return table;
  };
}

function openObjects(bucket: string): ObjectStore {
  const requestHandler = {
    connectionTimeout: CONNECT_MS_MAX,
    requestTimeout: STORE_TRY_MS_MAX,
    throwOnRequestTimeout: true,
    socketTimeout: STORE_TRY_MS_MAX,
  };
  return new S3ObjectStore({ client: new S3Client({ maxAttempts: OBJECT_TRIES_MAX, requestHandler }), bucket });
}
