import * as z from 'zod/mini';
import { listRewinds } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { QueuePath } from '../messages.ts';
import { RewindView, renderRewind } from '../rewind-view.ts';

export const listRewindsAction = action({
  id: 'listRewinds',
  method: 'GET',
  path: '/queues/{name}/rewinds',
  summary: 'List the rewinds of a queue, newest first',
  input: { path: QueuePath },
  answers: { 200: z.object({ rewinds: z.array(RewindView) }) },
  async answer({ service }, { path: { name } }) {
    return { status: 200, body: { rewinds: (await listRewinds(service, name)).map(renderRewind) } };
  },
});
