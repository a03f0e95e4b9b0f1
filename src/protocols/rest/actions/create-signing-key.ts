import * as z from 'zod/mini';
import { createSigningKey } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { fields, text } from '../fields.ts';
import { QueuePath } from '../messages.ts';
import { renderSigningKey, SigningKeyView } from '../signing-key-view.ts';

export const createSigningKeyAction = action({
  id: 'createSigningKey',
  method: 'POST',
  path: '/queues/{name}/signing-keys',
  summary: 'Create a key that signs the requests to the endpoint of a queue',
  input: { path: QueuePath, body: fields({}) },
  answers: { 201: z.extend(SigningKeyView, { secret: text() }) },
  async answer({ service }, { path: { name } }) {
    const { secret, ...key } = await createSigningKey(service, name);
    return { status: 201, body: { ...renderSigningKey(key), secret } };
  },
});
