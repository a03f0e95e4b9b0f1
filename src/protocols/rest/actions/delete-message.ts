import { deleteById } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { fields } from '../fields.ts';
import { MessagePath, notFoundIn } from '../messages.ts';

export const deleteMessageAction = action({
  id: 'deleteMessage',
  method: 'DELETE',
  path: '/queues/{name}/messages/{id}',
  summary: 'Delete one message by its id, in whatever state it is; for a person. Consumers delete by receipts',
  input: { path: MessagePath },
  answers: { 200: fields({}) },
  refusals: ['conflict'],
  async answer({ service }, { path: { name, id } }) {
    const searched = await deleteById(service, { queue: name, id });
    if (searched !== undefined) throw notFoundIn(searched);
    return { status: 200, body: {} };
  },
});
