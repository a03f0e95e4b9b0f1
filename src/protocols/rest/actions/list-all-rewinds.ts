import * as z from 'zod/mini';
import { listAllRewinds } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { fields, newQueueName, wholeNumberText } from '../fields.ts';
import { RewindView, renderRewind } from '../rewind-view.ts';

const LIMIT_MAX = 1_000;
const LIMIT_DEFAULT = 100;

export const listAllRewindsAction = action({
  id: 'listAllRewinds',
  method: 'GET',
  path: '/rewinds',
  summary: 'List the newest rewinds and redrives of all queues',
  input: { query: fields({ limit: z.optional(wholeNumberText(1, LIMIT_MAX)) }) },
  answers: { 200: z.object({ rewinds: z.array(z.object({ queue: newQueueName(), rewind: RewindView })) }) },
  async answer({ service }, { query: { limit = LIMIT_DEFAULT } }) {
    const rewinds = (await listAllRewinds(service, limit)).map(({ queue, rewind }) => ({
      queue,
      rewind: renderRewind(rewind),
    }));
    return { status: 200, body: { rewinds } };
  },
});
