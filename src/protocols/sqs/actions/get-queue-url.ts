import { getQueue } from '../../../engine/index.ts';
import { QUEUE_NAME_PATTERN } from '../../../model/queue.ts';
import { action } from '../action.ts';
import { authorise } from '../authorise.ts';
import { NO_SUCH_QUEUE, SqsError } from '../errors.ts';
import { queueUrl } from '../queue-names.ts';
import { required, text } from '../shapes.ts';

export const getQueueUrlAction = action({
  name: 'GetQueueUrl',
  input: { QueueName: required(text), QueueOwnerAWSAccountId: text },
  async answer(call, { QueueName: name }) {
    if (!QUEUE_NAME_PATTERN.test(name)) throw new SqsError('QueueDoesNotExist', NO_SUCH_QUEUE);
    authorise(call, 'any', name);
    await getQueue(call.host.service, name);
    return { QueueUrl: queueUrl(call.origin, call.host, name) };
  },
});
