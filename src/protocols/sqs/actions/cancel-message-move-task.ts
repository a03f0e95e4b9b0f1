import { cancelRewind, getRewind } from '../../../engine/index.ts';
import { QueueError } from '../../../model/errors.ts';
import type { RewindJob } from '../../../model/rewind.ts';
import { action, type SqsHost } from '../action.ts';
import { authorise } from '../authorise.ts';
import { SqsError } from '../errors.ts';
import { decodeTaskHandle, existingQueue, isTaskId, notFound } from '../move-tasks.ts';
import { required, text } from '../shapes.ts';

export const cancelMessageMoveTaskAction = action({
  name: 'CancelMessageMoveTask',
  input: { TaskHandle: required(text) },
  async answer(call, { TaskHandle }) {
    const { host } = call;
    const { sourceArn, taskId } = decodeTaskHandle(TaskHandle);
    const queue = await existingQueue(host, sourceArn, 'SourceArn');
    authorise(call, 'manage', queue);
    const task = await findTask(host, queue, taskId);
    if (task?.redrive === undefined) throw notFound('Task does not exist.');
    if (task.state !== 'running') {
      throw new SqsError('InvalidParameterValueException', 'Only active tasks can be cancelled.');
    }
    const { messagesRewound } = await cancelRewind(host.service, queue, taskId);
    return { ApproximateNumberOfMessagesMoved: messagesRewound };
  },
});

async function findTask({ service }: SqsHost, queue: string, id: string): Promise<RewindJob | undefined> {
  if (!isTaskId(id)) return undefined;
  try {
    return await getRewind(service, queue, id);
  } catch (error) {
    if (error instanceof QueueError && error.code === 'NotFound') return undefined;
    throw error;
  }
}
