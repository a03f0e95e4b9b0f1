import * as z from 'zod/mini';
import { peek } from '../../../engine/index.ts';
import { ITEMS_PER_PAGE_DEFAULT, ITEMS_PER_PAGE_MAX } from '../../../model/limits.ts';
import { action } from '../action.ts';
import { fields, instant, oneOf, text, wholeNumberText } from '../fields.ts';
import { MESSAGE_STATES, QueuePath, renderSeen, SeenView, sourceNames } from '../messages.ts';
import { parseInstant } from '../times.ts';

export const lookAtMessagesAction = action({
  id: 'lookAtMessages',
  method: 'GET',
  path: '/queues/{name}/messages',
  summary: 'Look at messages of one state; this changes nothing. A page may be empty and yet have a cursor',
  input: {
    path: QueuePath,
    query: fields({
      state: z.optional(oneOf(MESSAGE_STATES)),
      from: z.optional(instant()),
      limit: z.optional(wholeNumberText(1, ITEMS_PER_PAGE_MAX)),
      cursor: z.optional(text()),
    }),
  },
  answers: { 200: fields({ messages: z.array(SeenView), cursor: z.optional(text()) }) },
  async answer({ service, holders }, { path: { name }, query }) {
    const { state = 'ready', limit = ITEMS_PER_PAGE_DEFAULT, from, cursor } = query;
    const page = await peek(service, {
      queue: name,
      state,
      limit,
      ...(from === undefined ? {} : { fromMs: parseInstant(from) }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    const sources = await sourceNames(service, page.messages);
    const messages = page.messages.map((message) => renderSeen(message, sources, holders));
    return { status: 200, body: page.cursor === undefined ? { messages } : { messages, cursor: page.cursor } };
  },
});
