import { Stack, type StackProps } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  Metric,
  TextWidget,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { METRICS } from '../src/runtime/env.ts';
import { type AlarmRule, alarmRules, functionMetric, ownMetric } from './alarms.ts';
import { ARCHIVER, CONTROLLER, nameOf, parameterName } from './names.ts';
import { servingFunctions } from './routes.ts';
import type { Settings } from './settings.ts';
import { StorageAccess } from './storage-access.ts';

export interface WatchStackProps extends StackProps {
  readonly settings: Settings;
}

const RUNBOOK = 'docs/runbook.md';
/** Half of a dashboard's 24 columns. */
const WIDGET_WIDTH = 12;

/** A dashboard, and alarms that each name their section of the runbook. */
export class WatchStack extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: WatchStackProps) {
    super(scope, id, props);
    const { stage } = settings;
    const serving = servingFunctions(settings);
    const ofServing = (metric: string, statistic: string) =>
      serving.map((fn) => functionMetric(settings, fn, metric, statistic));
    const cells = new StorageAccess(this, settings).cellNumbers;
    const apiId =
      settings.frontDoor === 'http-api'
        ? StringParameter.valueForStringParameter(this, parameterName(settings, 'api-id'))
        : undefined;
    const topics = this.#topics(settings);
    for (const rule of alarmRules({ settings, apiId })) this.#addAlarm(rule, topics);
    const dashboard = new Dashboard(this, 'Dashboard', { dashboardName: `rewindmq-${stage}` });
    const messages = [METRICS.sent, METRICS.deleted, METRICS.deadLettered];
    dashboard.addWidgets(
      graph(
        'Messages',
        messages.map((name) => ownMetric(stage, name, 'Sum')),
      ),
      graph('Oldest ready message, seconds', [ownMetric(stage, METRICS.oldestReadySeconds, 'Maximum')]),
      graph('Calls', ofServing('Invocations', 'Sum')),
      graph('Duration of calls, p99', ofServing('Duration', 'p99')),
      graph('Errors', [
        ownMetric(stage, METRICS.failedCalls, 'Sum'),
        ...[...serving, ARCHIVER, CONTROLLER].map((fn) => functionMetric(settings, fn, 'Errors')),
      ]),
      graph('Calls without a process', ofServing('Throttles', 'Sum')),
      graph('Lag of the archiver, ms', [functionMetric(settings, ARCHIVER, 'IteratorAge', 'Maximum')]),
      graph(
        'Write units of cells',
        cells.map((number) => writeUnits(nameOf(settings, `cell-${number}`))),
      ),
      graph('Throttles', [ownMetric(stage, METRICS.throttles, 'Sum')]),
      new TextWidget({ markdown: `What each alarm means and what to do: \`${RUNBOOK}\``, width: 2 * WIDGET_WIDTH }),
    );
  }

  #topics({ stage, alarmEmail, alarmTopic }: Settings): ITopic[] {
    const topics: ITopic[] = [];
    if (alarmTopic !== undefined) topics.push(Topic.fromTopicArn(this, 'GivenTopic', alarmTopic));
    if (alarmEmail !== undefined) {
      const topic = new Topic(this, 'Alarms', { displayName: `RewindMQ ${stage}`, enforceSSL: true });
      topic.addSubscription(new EmailSubscription(alarmEmail));
      topics.push(topic);
    }
    return topics;
  }

  #addAlarm(rule: AlarmRule, topics: readonly ITopic[]): void {
    const { id, of = '', meaning, metric, limit, minutes, among = minutes, isSilenceWrong = false } = rule;
    const alarm = new Alarm(this, id + of, {
      alarmDescription: `${meaning} See ${RUNBOOK}#${id.toLowerCase()}`,
      metric,
      threshold: limit,
      comparisonOperator: isSilenceWrong
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: among,
      datapointsToAlarm: minutes,
      treatMissingData: isSilenceWrong ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    for (const topic of topics) {
      alarm.addAlarmAction(new SnsAction(topic));
      alarm.addOkAction(new SnsAction(topic));
    }
  }
}

const writeUnits = (tableName: string): Metric =>
  new Metric({
    namespace: 'AWS/DynamoDB',
    metricName: 'ConsumedWriteCapacityUnits',
    dimensionsMap: { TableName: tableName },
    statistic: 'Sum',
  });

const graph = (title: string, left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: WIDGET_WIDTH });
