import { sourcesOf, startRedrive } from '../../../engine/index.ts';
import { QueueError } from '../../../model/errors.ts';
import type { RewindJob } from '../../../model/rewind.ts';
import { action } from '../action.ts';
import { authorise } from '../authorise.ts';
import { SqsError } from '../errors.ts';
import { encodeTaskHandle, existingQueue } from '../move-tasks.ts';
import { queueArn } from '../queue-names.ts';
import { integer, required, text } from '../shapes.ts';

/** SQS's limit of `MaxNumberOfMessagesPerSecond`. */
const PER_SECOND_MAX = 500;

export const startMessageMoveTaskAction = action({
  name: 'StartMessageMoveTask',
  input: { SourceArn: required(text), DestinationArn: text, MaxNumberOfMessagesPerSecond: integer },
  async answer(call, { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: perSecond }) {
    const { host } = call;
    const queue = await existingQueue(host, SourceArn, 'SourceArn');
    authorise(call, 'manage', queue);
    if (perSecond !== undefined && (perSecond < 1 || perSecond > PER_SECOND_MAX)) {
      const reason = `You must enter a number that's between 1 and ${PER_SECOND_MAX}.`;
      throw invalid(`Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: ${reason}`);
    }
    const sources = await sourcesOf(host.service, queue);
    if (sources.length === 0) throw invalid('Source queue must be configured as a Dead Letter Queue.');
    const into = DestinationArn && (await existingQueue(host, DestinationArn, 'DestinationArn'));
    if (into === queue) throw invalid('Source queue arn and destination queue arn cannot be the same.');
    // Without a destination each message returns to its own source queue.
    for (const target of into === undefined ? sources.map(({ name }) => name) : [into]) authorise(call, 'send', target);
    const job = await whileAlone(() =>
      startRedrive(host.service, {
        queue,
        ...(into === undefined ? {} : { into }),
        ...(perSecond === undefined ? {} : { perSecond }),
      }),
    );
    return { TaskHandle: encodeTaskHandle({ taskId: job.id, sourceArn: queueArn(host, queue) }) };
  },
});

/** Allows one job of a queue at a time, and refuses others with SQS's error. */
async function whileAlone(start: () => Promise<RewindJob>): Promise<RewindJob> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof QueueError && error.code === 'Conflict')) throw error;
    throw invalid(
      'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
    );
  }
}

const invalid = (message: string): SqsError => new SqsError('InvalidParameterValueException', message);
