import { Stack, type StackProps } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  TextWidget,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { METRICS } from '../src/runtime/env.ts';
import { type AlarmRule, alarmRules, ownMetric } from './alarms.ts';
import type { BackgroundStack } from './background-stack.ts';
import type { ServiceStack } from './service-stack.ts';
import type { Settings } from './settings.ts';
import type { StorageStack } from './storage-stack.ts';

export interface WatchStackProps extends StackProps {
  readonly settings: Settings;
  readonly storage: StorageStack;
  readonly service: ServiceStack;
  readonly background: BackgroundStack;
}

const RUNBOOK = 'docs/runbook.md';
const WIDGET_WIDTH = 12;

/** What people look at, and what wakes them: a dashboard, and alarms that each name their section of the runbook. */
export class WatchStack extends Stack {
  constructor(scope: Construct, id: string, { settings, storage, service, background, ...props }: WatchStackProps) {
    super(scope, id, props);
    const { stage } = settings;
    const serving = Object.values(service.functions);
    const { archiver, controller, mappingIds } = background;
    const rewinds = background.rewinds.machine;
    const rules = alarmRules({ stage, serving, archiver, controller, mappingIds, rewinds });
    const topics = this.#topics(settings);
    for (const rule of rules) this.#addAlarm(rule, topics);
    const dashboard = new Dashboard(this, 'Dashboard', { dashboardName: `rewindmq-${stage}` });
    const messages = [METRICS.sent, METRICS.deleted, METRICS.deadLettered];
    dashboard.addWidgets(
      graph(
        'Messages',
        messages.map((name) => ownMetric(stage, name, 'Sum')),
      ),
      graph('Oldest ready message, seconds', [ownMetric(stage, METRICS.oldestReadySeconds, 'Maximum')]),
      graph(
        'Calls',
        serving.map((fn) => fn.metricInvocations()),
      ),
      graph(
        'Duration of calls, p99',
        serving.map((fn) => fn.metricDuration({ statistic: 'p99' })),
      ),
      graph(
        'Errors',
        [...serving, archiver, controller].map((fn) => fn.metricErrors()),
      ),
      graph('Lag of the archiver, ms', [archiver.metric('IteratorAge', { statistic: 'Maximum' })]),
      graph(
        'Write units of cells',
        storage.cells.map(({ table }) => table.metricConsumedWriteCapacityUnits()),
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

  #addAlarm({ id, of = '', meaning, metric, limit, minutes }: AlarmRule, topics: readonly ITopic[]): void {
    const alarm = new Alarm(this, id + of, {
      alarmDescription: `${meaning} See ${RUNBOOK}#${id.toLowerCase()}`,
      metric,
      threshold: limit,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: minutes,
      // Functions tell only what there is to tell.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    for (const topic of topics) {
      alarm.addAlarmAction(new SnsAction(topic));
      alarm.addOkAction(new SnsAction(topic));
    }
  }
}

const graph = (title: string, left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: WIDGET_WIDTH });
