import { deleteSigningKey } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { fields } from '../fields.ts';
import { SigningKeyPath } from '../signing-key-view.ts';

export const deleteSigningKeyAction = action({
  id: 'deleteSigningKey',
  method: 'DELETE',
  path: '/queues/{name}/signing-keys/{id}',
  summary: 'Remove a signing key of a queue',
  input: { path: SigningKeyPath },
  answers: { 200: fields({}) },
  refusals: ['notFound'],
  async answer({ service }, { path: { name, id } }) {
    await deleteSigningKey(service, name, id);
    return { status: 200, body: {} };
  },
});
