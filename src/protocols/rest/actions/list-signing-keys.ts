import * as z from 'zod/mini';
import { listSigningKeys } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { QueuePath } from '../messages.ts';
import { renderSigningKey, SigningKeyView } from '../signing-key-view.ts';

export const listSigningKeysAction = action({
  id: 'listSigningKeys',
  method: 'GET',
  path: '/queues/{name}/signing-keys',
  summary: 'List the signing keys of a queue, without their secrets',
  input: { path: QueuePath },
  answers: { 200: z.object({ keys: z.array(SigningKeyView) }) },
  async answer({ service }, { path: { name } }) {
    const keys = await listSigningKeys(service, name);
    return { status: 200, body: { keys: keys.map(renderSigningKey) } };
  },
});
