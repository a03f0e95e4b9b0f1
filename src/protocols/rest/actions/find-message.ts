import * as z from 'zod/mini';
import { findMessage } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { Refusal } from '../errors.ts';
import { fields, instant, queueName, text } from '../fields.ts';
import { renderSeen, SeenView, sourceNames } from '../messages.ts';
import { isoTime, parseInstant } from '../times.ts';

export const findMessageAction = action({
  id: 'findMessage',
  method: 'GET',
  path: '/queues/{name}/messages/{id}',
  summary: 'Find a message by its id, in whatever state it is; a 404 says how far was searched',
  input: { path: fields({ name: queueName(), id: text() }), query: fields({ from: z.optional(instant()) }) },
  answers: { 200: SeenView },
  async answer({ service, holders }, { path: { name, id }, query: { from } }) {
    const fromMs = from === undefined ? {} : { fromMs: parseInstant(from) };
    const found = await findMessage(service, { queue: name, id, ...fromMs });
    if ('message' in found) {
      const sources = await sourceNames(service, [found.message]);
      return { status: 200, body: renderSeen(found.message, sources, holders) };
    }
    const { searched } = found;
    throw new Refusal('notFound', 'no message with this id was found where it was searched', {
      beside: {
        searched: { from: isoTime(searched.fromMs), to: isoTime(searched.toMs), complete: searched.isComplete },
      },
    });
  },
});
