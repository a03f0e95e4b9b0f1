import { getQueue } from '../../engine/index.ts';
import { QueueError } from '../../model/errors.ts';
import { QUEUE_NAME_PATTERN } from '../../model/queue.ts';
import type { RewindJob } from '../../model/rewind.ts';
import type { SqsHost } from './action.ts';
import { SqsError } from './errors.ts';
import { queueArn, queueNameInArn } from './queue-names.ts';

type ArnField = 'SourceArn' | 'DestinationArn';

/** The queue in an ARN. @throws SqsError `InvalidParameterValueException`, `ResourceNotFoundException` */
export async function existingQueue({ service }: SqsHost, arn: string, field: ArnField): Promise<string> {
  const name = queueNameInArn(arn);
  if (name === undefined) {
    const format = 'arn:<partition>:<service>:<region>:<account-id>:<resource-id>';
    const message = `You must use this format to specify the ${field}: ${format}`;
    throw new SqsError('InvalidParameterValueException', message);
  }
  try {
    await getQueue(service, name);
  } catch (error) {
    if (!(error instanceof QueueError && error.code === 'QueueNotFound')) throw error;
    throw notFound(`The resource that you specified for the ${field} parameter doesn't exist.`);
  }
  return name;
}

/** Identifies a task: the source queue, and the job that moves its messages. Clients return it unchanged. */
export interface TaskName {
  readonly sourceArn: string;
  readonly taskId: string;
}

export const encodeTaskHandle = (task: TaskName): string => Buffer.from(JSON.stringify(task)).toString('base64');

/** @throws SqsError `InvalidParameterValueException` */
export function decodeTaskHandle(handle: string): TaskName {
  try {
    const task: unknown = JSON.parse(Buffer.from(handle, 'base64').toString());
    if (typeof task === 'object' && task !== null && 'sourceArn' in task && 'taskId' in task) {
      const { sourceArn, taskId } = task;
      if (typeof sourceArn === 'string' && typeof taskId === 'string') return { sourceArn, taskId };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new SqsError('InvalidParameterValueException', 'Value for parameter TaskHandle is invalid.');
}

/** Ids of jobs match this; any other text names no task and no record. */
export const isTaskId = (id: string): boolean => QUEUE_NAME_PATTERN.test(id);

/** A task in a list. Fields that were not requested at its start are absent. */
export function renderTask(host: SqsHost, source: string, job: RewindJob): object {
  const sourceArn = queueArn(host, source);
  const { perSecond } = job;
  const { isHomeward, readyCount } = job.redrive ?? {};
  const Status = statusOf(job);
  return {
    ...(Status === 'RUNNING' ? { TaskHandle: encodeTaskHandle({ taskId: job.id, sourceArn }) } : {}),
    Status,
    SourceArn: sourceArn,
    ...(isHomeward === true ? {} : { DestinationArn: queueArn(host, job.targetName) }),
    ...(perSecond === undefined ? {} : { MaxNumberOfMessagesPerSecond: perSecond }),
    ApproximateNumberOfMessagesMoved: job.messagesRewound,
    ApproximateNumberOfMessagesToMove: readyCount,
    ...(Status === 'FAILED' ? { FailureReason: failureReason(job) } : {}),
    StartedTimestamp: job.startedAtMs,
  };
}

function statusOf({ state, finishedAtMs }: RewindJob): string {
  if (state === 'cancelled') return finishedAtMs === undefined ? 'CANCELLING' : 'CANCELLED';
  return { running: 'RUNNING', done: 'COMPLETED', failed: 'FAILED' }[state];
}

/** SQS has two reasons: the source of the messages is unknown, or their target is gone. */
const failureReason = ({ redrive }: RewindJob): string =>
  redrive?.isHomeward === true ? 'CouldNotDetermineMessageSource' : 'AWS.SimpleQueueService.NonExistentQueue';

export const notFound = (message: string): SqsError => new SqsError('ResourceNotFoundException', message);
