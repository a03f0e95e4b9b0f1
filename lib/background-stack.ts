import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Construct } from 'constructs';
import { BLOCK_SORT_KEY, SORT_KEY } from '../src/stores/dynamodb/keys.ts';
import { FUNCTION_MIB } from './function-sizes.ts';
import { addPush, letWake } from './push.ts';
import { boundReceives, QueueFunction } from './queue-function.ts';
import { RewindMachine } from './rewind-machine.ts';
import type { Settings } from './settings.ts';
import { StorageAccess } from './storage-access.ts';

export interface BackgroundStackProps extends StackProps {
  readonly settings: Settings;
}

/** A batch takes about a second; the rest is for an archive that throttles. */
const ARCHIVER_SECONDS_MAX = 120;
/** Each run ends before the next but one begins; two at once do no harm. */
const CONTROLLER_SECONDS_MAX = 110;

/** Records of the stream that one call of the archiver takes at most; a batch also ends at 6 MB. */
const RECORDS_PER_BATCH_MAX = 1_000;
/** This wait lets batches grow, and a batch costs as much as a record. */
const BATCHING_SECONDS = 1;
/** After this the whole batch goes to the bucket. The stream keeps records for a day: time for several. */
const RECORD_HOURS_MAX = 12;
/** Retries of the failing part after halving: minutes, while only its own stream shard waits. */
const RETRIES_MAX = 30;

/** The work without callers: follows the streams, and looks after queues each minute. */
export class BackgroundStack extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: BackgroundStackProps) {
    super(scope, id, props);
    const storage = new StorageAccess(this, settings);
    const archiver = new QueueFunction(this, 'Archiver', {
      entry: 'archiver',
      description: 'Follows the streams of the cells: cleans up behind deleted messages, and counts',
      settings,
      storage,
      steps: ['archive'],
      timeoutSeconds: ARCHIVER_SECONDS_MAX,
      memoryMiB: FUNCTION_MIB.archiver,
    });
    const tables = storage.streamedTables();
    for (const table of tables) follow(archiver, table, storage);
    const controller = new QueueFunction(this, 'Controller', {
      entry: 'controller',
      description: 'Runs each minute: discards what was purged an hour ago, and tells how long messages wait',
      settings,
      storage,
      steps: ['control'],
      timeoutSeconds: CONTROLLER_SECONDS_MAX,
      memoryMiB: FUNCTION_MIB.controller,
    });
    boundReceives(controller, settings);
    // A failed minute is not retried: the next one does the same work.
    controller.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    letWake(controller, settings);
    if (settings.targets !== undefined) addPush(this, { settings, storage, tables });
    new RewindMachine(this, 'Rewinds', { settings, storage });
    new Schedule(this, 'EveryMinute', {
      description: 'Wakes the controller of RewindMQ',
      schedule: ScheduleExpression.rate(Duration.minutes(1)),
      // The same holds for a call that the scheduler could not hand over.
      target: new LambdaInvoke(controller, { retryAttempts: 0, maxEventAge: Duration.minutes(1) }),
    });
  }
}

/** Connects the stream of a cell to the archiver. */
function follow(archiver: QueueFunction, table: ITableV2, storage: StorageAccess): void {
  const source = new DynamoEventSource(table, {
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: RECORDS_PER_BATCH_MAX,
    maxBatchingWindow: Duration.seconds(BATCHING_SECONDS),
    // Counts depend on the order of a queue shard's changes, which parallel batches would break.
    parallelizationFactor: 1,
    bisectBatchOnError: true,
    retryAttempts: RETRIES_MAX,
    maxRecordAge: Duration.hours(RECORD_HOURS_MAX),
    onFailure: storage.givenUpBatches,
    filters: [DELIVERIES_ONLY],
  });
  archiver.addEventSource(source);
}

/** Changes of blocks follow from those of deliveries; a record that is filtered out costs no call. */
const DELIVERIES_ONLY = FilterCriteria.filter({
  dynamodb: { Keys: { [SORT_KEY]: { S: FilterRule.notEquals(BLOCK_SORT_KEY) } } },
});
