import { purgeQueue } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { fields, instant } from '../fields.ts';
import { QueuePath } from '../messages.ts';
import { isoTime } from '../times.ts';

export const purgeQueueAction = action({
  id: 'purgeQueue',
  method: 'POST',
  path: '/queues/{name}/purge',
  summary: 'Purge a queue of all that is in it; for an hour this can be undone',
  input: { path: QueuePath, body: fields({}) },
  answers: { 202: fields({ undoUntil: instant() }) },
  refusals: ['conflict'],
  async answer({ service }, { path: { name } }) {
    const { undoUntilMs } = await purgeQueue(service, name);
    return { status: 202, body: { undoUntil: isoTime(undoUntilMs) } };
  },
});
