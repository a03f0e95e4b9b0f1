import * as z from 'zod/mini';
import { listRewinds } from '../../../engine/index.ts';
import { REWIND_ID_PATTERN } from '../../../model/ids.ts';
import { ITEMS_PER_PAGE_DEFAULT, ITEMS_PER_PAGE_MAX } from '../../../model/limits.ts';
import { action } from '../action.ts';
import { fields, text, wholeNumberText } from '../fields.ts';
import { QueuePath } from '../messages.ts';
import { RewindView, renderRewind } from '../rewind-view.ts';

export const listRewindsAction = action({
  id: 'listRewinds',
  method: 'GET',
  path: '/queues/{name}/rewinds',
  summary: 'List the rewinds and redrives of a queue, newest first; they leave 30 days after their end',
  input: {
    path: QueuePath,
    query: fields({
      limit: z.optional(wholeNumberText(1, ITEMS_PER_PAGE_MAX)),
      /** The last id of the previous page. */
      cursor: z.optional(rewindId()),
    }),
  },
  answers: { 200: z.object({ rewinds: z.array(RewindView), cursor: z.optional(text()) }) },
  async answer({ service }, { path: { name }, query: { limit = ITEMS_PER_PAGE_DEFAULT, cursor } }) {
    const page = await listRewinds(service, name, { limit, ...(cursor === undefined ? {} : { after: cursor }) });
    const rewinds = page.rewinds.map(renderRewind);
    return { status: 200, body: page.next === undefined ? { rewinds } : { rewinds, cursor: page.next } };
  },
});

function rewindId() {
  const words = { error: 'the cursor that the page before gave' };
  return z.string(words).check(z.regex(REWIND_ID_PATTERN, words));
}
