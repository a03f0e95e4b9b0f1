import * as z from 'zod/mini';
import { deleteQueue, refuseWhileNamed } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { fields, instant, oneOf } from '../fields.ts';
import { QueuePath } from '../messages.ts';
import { isoTime } from '../times.ts';

export const deleteQueueAction = action({
  id: 'deleteQueue',
  method: 'DELETE',
  path: '/queues/{name}',
  summary: 'Delete a queue and all that is in it; for an hour this can be undone',
  input: {
    path: QueuePath,
    query: fields({
      /** Deletes it even if other queues send their dead letters to it. */
      force: z.optional(oneOf(['true', 'false'])),
    }),
  },
  answers: { 200: fields({ undoUntil: instant() }) },
  refusals: ['queueInUse', 'conflict'],
  async answer({ service }, { path: { name }, query: { force } }) {
    if (force !== 'true') await refuseWhileNamed(service, name);
    const { undoUntilMs } = await deleteQueue(service, name);
    return { status: 200, body: { undoUntil: isoTime(undoUntilMs) } };
  },
});
