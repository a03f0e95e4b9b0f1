import { getQueue, purgeQueue } from '../../../engine/index.ts';
import { purgedAtMs } from '../../../model/purge.ts';
import { queueAction } from '../action.ts';
import { SqsError } from '../errors.ts';

/** SQS allows one purge of a queue a minute. */
const PURGE_PAUSE_MS = 60_000;

export const purgeQueueAction = queueAction({
  name: 'PurgeQueue',
  right: 'manage',
  input: {},
  async answer({ host: { service } }, queue) {
    const { lastPurge } = await getQueue(service, queue);
    if (lastPurge !== undefined && service.clock.nowMs() - purgedAtMs(lastPurge) < PURGE_PAUSE_MS) {
      const message = `Only one PurgeQueue operation on ${queue} is allowed every 60 seconds.`;
      throw new SqsError('PurgeQueueInProgress', message);
    }
    await purgeQueue(service, queue);
    return undefined;
  },
});
