import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS, METRICS_NAMESPACE, STAGE_DIMENSION } from '../src/runtime/env.ts';
import { ARCHIVER, arnOf, CONTROLLER, nameOf, REWINDS } from './names.ts';
import { servingFunctions } from './routes.ts';
import type { Settings } from './settings.ts';

/** What is watched: the functions of a stage, by their names. */
export interface Watched {
  readonly settings: Settings;
  /** What gives the streams to the archiver, by number of the cell. */
  readonly mappingIds: ReadonlyMap<number, string>;
}

/** A metric, when it is too high, and what that means. The id is the title of its section in the runbook. */
export interface AlarmRule {
  readonly id: string;
  /** Tells several of one kind apart. */
  readonly of?: string;
  readonly meaning: string;
  readonly metric: IMetric;
  /** The alarm sounds above this. */
  readonly limit: number;
  /** For so many minutes in a row. */
  readonly minutes: number;
}

const MINUTE = Duration.minutes(1);
const SECONDS_PER_HOUR = 3_600;
const MS_PER_MINUTE = 60_000;

/** A metric that our functions write, of one stage. */
export const ownMetric = (stage: string, metricName: string, statistic: 'Sum' | 'Maximum'): Metric =>
  new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { [STAGE_DIMENSION]: stage },
    statistic,
    period: MINUTE,
  });

/** A metric that Lambda writes of a function of ours. */
export const functionMetric = (settings: Settings, fn: string, metricName: string, statistic = 'Sum'): Metric =>
  new Metric({
    namespace: 'AWS/Lambda',
    metricName,
    dimensionsMap: { FunctionName: nameOf(settings, fn) },
    statistic,
    period: MINUTE,
  });

/** Every alarm of a deployment. */
export const alarmRules = (watched: Watched): AlarmRule[] => [
  ...messageRules(watched),
  ...callRules(watched),
  ...archiverRules(watched),
  ...jobRules(watched),
];

/** CloudWatch bills an alarm by the metrics it watches, each metric of an expression included. */
export function alarmMetricCount(settings: Settings): number {
  const { cells, removedCells = [] } = settings;
  const mappingIds = new Map(
    Array.from({ length: cells - removedCells.length }, (_, number) => [number, String(number)]),
  );
  return alarmRules({ settings, mappingIds }).reduce((sum, { metric }) => sum + metricCount(metric), 0);
}

const metricCount = (metric: IMetric): number =>
  metric instanceof MathExpression ? Object.keys(metric.usingMetrics).length : 1;

function messageRules({ settings: { stage } }: Watched): AlarmRule[] {
  const own = (name: string, statistic: 'Sum' | 'Maximum') => ownMetric(stage, name, statistic);
  return [
    {
      id: 'OldestMessage',
      meaning: 'In some queue, the first ready message has waited for more than an hour.',
      metric: own(METRICS.oldestReadySeconds, 'Maximum'),
      limit: SECONDS_PER_HOUR,
      minutes: 5,
    },
    {
      id: 'DeadLetters',
      meaning: 'Messages were received too often without a delete, and moved to a dead-letter queue.',
      metric: own(METRICS.deadLettered, 'Sum'),
      limit: 0,
      minutes: 1,
    },
    {
      id: 'UnreadableDeliveries',
      meaning: 'Something in a table cannot be decoded; the messages in it are not received.',
      metric: own(METRICS.unreadable, 'Sum'),
      limit: 0,
      minutes: 1,
    },
    {
      id: 'StorageThrottled',
      meaning: 'DynamoDB turns calls away for load.',
      metric: own(METRICS.throttles, 'Sum'),
      limit: 100,
      minutes: 3,
    },
  ];
}

function callRules({ settings }: Watched): AlarmRule[] {
  const { stage } = settings;
  const ofServing = (metric: string) => servingFunctions(settings).map((fn) => functionMetric(settings, fn, metric));
  return [
    {
      id: 'CallsFailed',
      meaning: 'Calls are answered with 500, or their functions end with errors or take too long.',
      metric: sumOf([ownMetric(stage, METRICS.failedCalls, 'Sum'), ...ofServing('Errors')]),
      limit: 0,
      minutes: 2,
    },
    {
      id: 'CallsThrottled',
      meaning: 'Lambda has no process free for calls.',
      metric: sumOf(ofServing('Throttles')),
      limit: 0,
      minutes: 2,
    },
  ];
}

function archiverRules({ settings, mappingIds }: Watched): AlarmRule[] {
  return [
    {
      id: 'ArchiverLags',
      meaning: 'The archiver is more than five minutes behind the streams, which keep records for a day.',
      metric: functionMetric(settings, ARCHIVER, 'IteratorAge', 'Maximum'),
      limit: 5 * MS_PER_MINUTE,
      minutes: 5,
    },
    {
      id: 'ArchiverFails',
      meaning: 'The archiver fails on a batch again and again.',
      metric: functionMetric(settings, ARCHIVER, 'Errors'),
      limit: 0,
      minutes: 5,
    },
    ...Array.from(mappingIds, ([number, mappingId]) => ({
      id: 'ArchiverGivesUp',
      of: String(number),
      meaning: `A batch of the stream of cell ${number} was given up, and put into the bucket to be given again.`,
      metric: new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'OnFailureDestinationDeliveredEventCount',
        dimensionsMap: { EventSourceMappingUUID: mappingId },
        statistic: 'Sum',
        period: MINUTE,
      }),
      limit: 0,
      minutes: 1,
    })),
  ];
}

function jobRules({ settings }: Watched): AlarmRule[] {
  const ofMachine = (metricName: string) =>
    new Metric({
      namespace: 'AWS/States',
      metricName,
      dimensionsMap: { StateMachineArn: arnOf('states', `stateMachine:${nameOf(settings, REWINDS)}`) },
      statistic: 'Sum',
      period: MINUTE,
    });
  return [
    {
      id: 'ControllerFails',
      meaning: 'The function that runs each minute fails.',
      metric: functionMetric(settings, CONTROLLER, 'Errors'),
      limit: 0,
      minutes: 5,
    },
    {
      id: 'ControllerStopped',
      meaning: 'The function that runs each minute is not called.',
      metric: new MathExpression({
        expression: 'IF(FILL(calls, 0) > 0, 0, 1)',
        usingMetrics: { calls: functionMetric(settings, CONTROLLER, 'Invocations') },
        period: MINUTE,
      }),
      limit: 0,
      minutes: 5,
    },
    {
      id: 'RewindsFail',
      meaning: 'An execution of the state machine that carries rewinds out has failed, or taken too long.',
      metric: sumOf([ofMachine('ExecutionsFailed'), ofMachine('ExecutionsTimedOut')]),
      limit: 0,
      minutes: 1,
    },
  ];
}

function sumOf(metrics: readonly IMetric[]): IMetric {
  const usingMetrics = Object.fromEntries(metrics.map((metric, number) => [`m${number}`, metric]));
  return new MathExpression({ expression: `SUM(METRICS())`, usingMetrics, period: MINUTE });
}
