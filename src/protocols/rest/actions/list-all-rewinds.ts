import * as z from 'zod/mini';
import { listAllRewinds } from '../../../engine/index.ts';
import { ITEMS_PER_PAGE_DEFAULT, ITEMS_PER_PAGE_MAX } from '../../../model/limits.ts';
import { action } from '../action.ts';
import { fields, newQueueName, wholeNumberText } from '../fields.ts';
import { RewindView, renderRewind } from '../rewind-view.ts';

export const listAllRewindsAction = action({
  id: 'listAllRewinds',
  method: 'GET',
  path: '/rewinds',
  summary: 'List the newest rewinds and redrives of all queues',
  input: { query: fields({ limit: z.optional(wholeNumberText(1, ITEMS_PER_PAGE_MAX)) }) },
  answers: { 200: z.object({ rewinds: z.array(z.object({ queue: newQueueName(), rewind: RewindView })) }) },
  async answer({ service }, { query: { limit = ITEMS_PER_PAGE_DEFAULT } }) {
    const rewinds = (await listAllRewinds(service, limit)).map(({ queue, rewind }) => ({
      queue,
      rewind: renderRewind(rewind),
    }));
    return { status: 200, body: { rewinds } };
  },
});
