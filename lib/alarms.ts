import { Duration } from 'aws-cdk-lib';
import { type IMetric, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS, METRICS_NAMESPACE, STAGE_DIMENSION } from '../src/runtime/env.ts';
import { ARCHIVER, arnOf, CONTROLLER, DISPATCHER, nameOf, REWINDS, WAKER } from './names.ts';
import { servingFunctions } from './routes.ts';
import type { Settings } from './settings.ts';

/** What alarms watch: the functions of a stage by their names, and the API in front of them. */
export interface Watched {
  readonly settings: Settings;
  /** Absent behind function URLs. */
  readonly apiId: string | undefined;
}

/**
 * A metric, its limit, and the meaning of an alarm. The id is the title of its section in the runbook. CloudWatch bills
 * an alarm by the metrics it watches: each watches one.
 */
export interface AlarmRule {
  readonly id: string;
  /** Distinguishes several alarms of one kind. */
  readonly of?: string;
  readonly meaning: string;
  readonly metric: IMetric;
  /** The alarm sounds above this, or below it if silence is the problem. */
  readonly limit: number;
  /** This many minutes must be beyond the limit. */
  readonly minutes: number;
  /** Out of this many. @default the same number */
  readonly among?: number;
  /** A minute without data, or below the limit, is a problem too. @default false: functions report only problems */
  readonly isSilenceWrong?: true;
}

const MINUTE = Duration.minutes(1);
// Limits of alarms are in the units of their metrics.
const SECONDS_PER_HOUR = 3_600;
const MS_PER_MINUTE = 60_000;

/** A metric of one stage that our functions write. */
export const ownMetric = (stage: string, metricName: string, statistic: 'Sum' | 'Maximum'): Metric =>
  new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { [STAGE_DIMENSION]: stage },
    statistic,
    period: MINUTE,
  });

/** A metric that Lambda writes for one of our functions. */
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
  ...(watched.settings.targets === undefined ? [] : pushRules(watched)),
];

function messageRules({ settings: { stage } }: Watched): AlarmRule[] {
  const own = (name: string, statistic: 'Sum' | 'Maximum') => ownMetric(stage, name, statistic);
  return [
    {
      id: 'OldestMessage',
      meaning: 'The oldest ready message of some queue has waited for more than an hour.',
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
      meaning: 'An item of a table cannot be decoded; its messages are not received.',
      metric: own(METRICS.unreadable, 'Sum'),
      limit: 0,
      minutes: 1,
    },
    {
      id: 'StorageThrottled',
      meaning: 'DynamoDB throttles calls.',
      metric: own(METRICS.throttles, 'Sum'),
      limit: 100,
      minutes: 3,
    },
  ];
}

/** API Gateway counts what callers see: bugs, functions that fail or take too long, and too few processes. */
function callRules({ settings, apiId }: Watched): AlarmRule[] {
  const failed = {
    id: 'CallsFailed',
    meaning: 'Callers get answers of status 500 and above: functions fail, take too long, or have no process free.',
    limit: 0,
    minutes: 2,
  };
  if (apiId === undefined) {
    return servingFunctions(settings).flatMap((fn) => [
      { ...failed, of: fn, metric: functionMetric(settings, fn, 'Url5xxCount') },
      // A function URL answers these with 429.
      { ...failed, of: `${fn}Throttles`, metric: functionMetric(settings, fn, 'Throttles') },
    ]);
  }
  const metric = new Metric({
    namespace: 'AWS/ApiGateway',
    metricName: '5xx',
    dimensionsMap: { ApiId: apiId },
    statistic: 'Sum',
    period: MINUTE,
  });
  return [{ ...failed, metric }];
}

function archiverRules({ settings }: Watched): AlarmRule[] {
  const { stage } = settings;
  return [
    {
      id: 'ArchiverLags',
      meaning: 'The archiver is more than five minutes behind the streams, which keep records for a day.',
      metric: functionMetric(settings, ARCHIVER, 'IteratorAge', 'Maximum'),
      limit: 5 * MS_PER_MINUTE,
      minutes: 5,
    },
    {
      id: 'ArchiverSilent',
      meaning: 'The archiver has not reached a barrier that the controller put into a cell more than five minutes ago.',
      metric: ownMetric(stage, METRICS.archiverSilentSeconds, 'Maximum'),
      limit: 300,
      minutes: 3,
      among: 5,
    },
    {
      id: 'ArchiverFails',
      meaning: 'The archiver fails on a batch again and again.',
      metric: functionMetric(settings, ARCHIVER, 'Errors'),
      limit: 0,
      minutes: 5,
    },
    {
      id: 'ArchiverGivesUp',
      meaning: 'Batches of a stream were given up, and lie in the bucket to be given again.',
      metric: ownMetric(stage, METRICS.givenUpBatches, 'Maximum'),
      limit: 0,
      minutes: 1,
      among: 6,
    },
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
  const failed = {
    id: 'RewindsFail',
    meaning: 'An execution of the state machine that carries rewinds out has failed, or taken too long.',
    limit: 0,
    minutes: 1,
  };
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
      metric: functionMetric(settings, CONTROLLER, 'Invocations'),
      limit: 1,
      minutes: 5,
      isSilenceWrong: true,
    },
    { ...failed, metric: ofMachine('ExecutionsFailed') },
    { ...failed, of: 'TimedOut', metric: ofMachine('ExecutionsTimedOut') },
  ];
}

function pushRules({ settings }: Watched): AlarmRule[] {
  return [
    {
      id: 'PushTargetFails',
      meaning: 'The target of some queue has been at fault for more than five minutes, and its messages wait.',
      metric: ownMetric(settings.stage, METRICS.pushFailingSeconds, 'Maximum'),
      limit: 300,
      // A try comes every minute, or a little later.
      minutes: 2,
      among: 5,
    },
    {
      id: 'PushLoops',
      meaning: 'Messages came back to a queue that pushes again and again, and its subscription has paused.',
      metric: ownMetric(settings.stage, METRICS.pushLoops, 'Sum'),
      limit: 0,
      minutes: 1,
    },
    {
      id: 'DispatcherFails',
      meaning: 'The function that pushes messages fails.',
      metric: functionMetric(settings, DISPATCHER, 'Errors'),
      limit: 0,
      minutes: 5,
    },
    {
      id: 'WakerLags',
      meaning: 'The function that wakes dispatchers is more than a minute behind the streams.',
      metric: functionMetric(settings, WAKER, 'IteratorAge', 'Maximum'),
      limit: MS_PER_MINUTE,
      minutes: 5,
    },
  ];
}
