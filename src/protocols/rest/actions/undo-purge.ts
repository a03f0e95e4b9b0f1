import { undoPurge } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { fields } from '../fields.ts';
import { QueuePath } from '../messages.ts';

export const undoPurgeAction = action({
  id: 'undoPurge',
  method: 'DELETE',
  path: '/queues/{name}/purge',
  summary: 'Undo the last purge',
  input: { path: QueuePath },
  answers: { 200: fields({}) },
  refusals: ['nothingToUndo', 'conflict'],
  async answer({ service }, { path: { name } }) {
    await undoPurge(service, name);
    return { status: 200, body: {} };
  },
});
