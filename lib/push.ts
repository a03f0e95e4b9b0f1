import { Aws, Duration } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { type CfnFunction, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Construct } from 'constructs';
import { ENV } from '../src/runtime/env.ts';
import { DELIVERY } from '../src/stores/dynamodb/keys.ts';
import { FUNCTION_MIB } from './function-sizes.ts';
import { DISPATCHER, functionArn, nameOf, SENDER } from './names.ts';
import { QueueFunction } from './queue-function.ts';
import { hasEndpoints, type Settings } from './settings.ts';
import type { StorageAccess } from './storage-access.ts';

interface PushProps {
  readonly settings: Settings;
  readonly storage: StorageAccess;
  /** The tables of the cells, each with its stream. */
  readonly tables: readonly ITableV2[];
}

/** The longest run that Lambda allows: a dispatcher begins nothing that would outlast it. */
const DISPATCHER_SECONDS_MAX = 900;
/** The longest call of a target, and time for its name and its answer. */
const SENDER_SECONDS_MAX = 630;
/** It makes a few requests for each queue of a batch; a batch that takes longer comes again. */
const WAKER_SECONDS_MAX = 30;
/** The controller repeats a wake-up each minute, so an older one is worth nothing. */
const WAKE_UP_MINUTES_MAX = 1;
/** Records that one call of the waker takes at most. It reads their keys alone. */
const RECORDS_PER_BATCH_MAX = 1_000;
/** After this the hourly walk has found what nobody was woken for. */
const RECORD_HOURS_MAX = 1;

/**
 * Only deliveries that enter a queue which pushes have the mark; a record that is filtered out costs no call. A filter
 * sees nothing but the key `dynamodb`, so the waker itself leaves out the rare changes of such deliveries.
 */
const MARKED_ONLY = FilterCriteria.filter({
  dynamodb: { NewImage: { [DELIVERY.wakes]: { N: FilterRule.exists() } } },
});

/**
 * Adds what pushes: a waker, told by the streams; a dispatcher for each queue that has something to push; and a sender
 * of requests to endpoints, which may do nothing else. A deployment without targets has none of it.
 */
export function addPush(scope: Construct, of: PushProps): void {
  const { settings, tables } = of;
  new QueueFunction(scope, 'Sender', {
    ...of,
    entry: 'sender',
    description: 'Sends signed requests to endpoints, and has no rights',
    steps: [],
    timeoutSeconds: SENDER_SECONDS_MAX,
    memoryMiB: FUNCTION_MIB.sender,
  });
  addDispatcher(scope, of);
  const waker = new QueueFunction(scope, 'Waker', {
    ...of,
    entry: 'waker',
    description: 'Wakes dispatchers when messages enter queues that push',
    steps: ['wake'],
    timeoutSeconds: WAKER_SECONDS_MAX,
    memoryMiB: FUNCTION_MIB.waker,
  });
  letWake(waker, settings);
  for (const table of tables) {
    const source = new DynamoEventSource(table, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: RECORDS_PER_BATCH_MAX,
      maxRecordAge: Duration.hours(RECORD_HOURS_MAX),
      filters: [MARKED_ONLY],
    });
    waker.addEventSource(source);
  }
}

function addDispatcher(scope: Construct, of: PushProps): void {
  const { settings } = of;
  const dispatcher = new QueueFunction(scope, 'Dispatcher', {
    ...of,
    entry: 'dispatcher',
    description: 'Pushes the messages of a queue to its target',
    steps: ['receive', 'delete', 'push'],
    timeoutSeconds: DISPATCHER_SECONDS_MAX,
    memoryMiB: FUNCTION_MIB.dispatcher,
    reservedConcurrency: settings.dispatchers,
  });
  dispatcher.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(WAKE_UP_MINUTES_MAX) });
  // A dispatcher whose time is over calls its successor; Lambda would take sixteen in a row for a mistake.
  (dispatcher.node.defaultChild as CfnFunction).recursiveLoop = 'Allow';
  letWake(dispatcher, settings);
  if (hasEndpoints(settings)) of.storage.grantSecrets(dispatcher, 'Decrypt', 'signing-key');
  dispatcher.addEnvironment(ENV.senderFunction, nameOf(settings, SENDER));
  if (settings.dispatchers !== undefined) dispatcher.addEnvironment(ENV.dispatchers, String(settings.dispatchers));
  const { functions, queues } = resourcesOf(settings);
  const resourceArns = [functionArn(settings, SENDER), ...functions];
  Grant.addToPrincipal({ grantee: dispatcher, actions: ['lambda:InvokeFunction'], resourceArns });
  if (queues.length === 0) return;
  Grant.addToPrincipal({ grantee: dispatcher, actions: ['sqs:SendMessage'], resourceArns: queues });
}

/** Lets a function call dispatchers, and tells it what queues may push to, in a deployment that pushes. */
export function letWake(fn: QueueFunction, settings: Settings): void {
  if (settings.targets === undefined) return;
  fn.addEnvironment(ENV.targets, settings.targets.join(','));
  fn.addEnvironment(ENV.dispatcherFunction, nameOf(settings, DISPATCHER));
  const resourceArns = [functionArn(settings, DISPATCHER)];
  Grant.addToPrincipal({ grantee: fn, actions: ['lambda:InvokeFunction'], resourceArns });
}

/** What the dispatcher calls itself, in the words of IAM. */
function resourcesOf({ targets = [] }: Settings): { readonly functions: string[]; readonly queues: string[] } {
  const named = targets.map((pair) => pair.slice(pair.indexOf('=') + 1));
  const queues = named.flatMap((target) => {
    const [, region, account, name] = /^https:\/\/sqs\.([\w-]+)\.[^/]+\/(\d{12})\/([\w-]+)$/.exec(target) ?? [];
    return name === undefined ? [] : [`arn:${Aws.PARTITION}:sqs:${region}:${account}:${name}`];
  });
  return { functions: [...new Set(named.filter((one) => one.startsWith('arn:')))], queues: [...new Set(queues)] };
}
