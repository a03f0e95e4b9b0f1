import * as z from 'zod/mini';
import { findMessage } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { fields, instant } from '../fields.ts';
import { MessagePath, notFoundIn, renderSeen, SeenView, sourceNames } from '../messages.ts';
import { parseInstant } from '../times.ts';

export const findMessageAction = action({
  id: 'findMessage',
  method: 'GET',
  path: '/queues/{name}/messages/{id}',
  summary: 'Find a message by its id, in whatever state it is; a 404 says how far was searched',
  input: { path: MessagePath, query: fields({ from: z.optional(instant()) }) },
  answers: { 200: SeenView },
  async answer({ service, holders }, { path: { name, id }, query: { from } }) {
    const fromMs = from === undefined ? {} : { fromMs: parseInstant(from) };
    const found = await findMessage(service, { queue: name, id, ...fromMs });
    if ('message' in found) {
      const sources = await sourceNames(service, [found.message]);
      return { status: 200, body: renderSeen(found.message, sources, holders) };
    }
    throw notFoundIn(found.searched);
  },
});
