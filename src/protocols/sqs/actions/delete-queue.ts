import { deleteQueue } from '../../../engine/index.ts';
import { queueAction } from '../action.ts';

export const deleteQueueAction = queueAction({
  name: 'DeleteQueue',
  right: 'manage',
  input: {},
  async answer({ host }, queue) {
    await deleteQueue(host.service, queue);
    return undefined;
  },
});
