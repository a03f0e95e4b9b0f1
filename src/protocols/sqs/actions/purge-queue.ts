import { getQueue, purgeQueue } from '../../../engine/index.ts';
import { queueAction } from '../action.ts';
import { SqsError } from '../errors.ts';

const PURGE_PAUSE_MS = 60_000;

export const purgeQueueAction = queueAction({
  name: 'PurgeQueue',
  right: 'manage',
  input: {},
  async answer({ host: { service } }, queue) {
    const last = (await getQueue(service, queue)).purges.at(-1);
    if (last !== undefined && service.clock.nowMs() - last.atMs < PURGE_PAUSE_MS) {
      const message = `Only one PurgeQueue operation on ${queue} is allowed every 60 seconds.`;
      throw new SqsError('PurgeQueueInProgress', message);
    }
    await purgeQueue(service, queue);
    return undefined;
  },
});
