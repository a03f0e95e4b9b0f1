import * as z from 'zod/mini';
import { listQueues, type QueueService } from '../../../engine/index.ts';
import { QueueError } from '../../../model/errors.ts';
import { ITEMS_PER_PAGE_DEFAULT, ITEMS_PER_PAGE_MAX } from '../../../model/limits.ts';
import type { Queue } from '../../../model/queue.ts';
import { action } from '../action.ts';
import { fields, oneOf, queueNamePrefix, text, wholeNumberText } from '../fields.ts';
import { QueueView, renderQueue } from '../queue-attributes.ts';
import { COUNTED, type Counting, countedQueue } from '../queue-counts.ts';

/** Queues counted at once: each count asks all shards of its queue. */
const COUNTED_AT_ONCE = 16;
/** A queue, with its counts if requested. */
const ListedView = z.extend(QueueView, z.partial(COUNTED).shape);
type Listed = z.output<typeof ListedView>;

/** A letter and the last name of a page: a name may begin with `-`, which command lines take for an option. */
function cursorText() {
  const words = { error: 'the cursor of the page before' };
  return z.string(words).check(z.regex(/^c[A-Za-z0-9_-]{1,80}$/, words));
}

export const listQueuesAction = action({
  id: 'listQueues',
  method: 'GET',
  path: '/queues',
  summary: 'List queues by name',
  input: {
    query: fields({
      prefix: z.optional(queueNamePrefix()),
      limit: z.optional(wholeNumberText(1, ITEMS_PER_PAGE_MAX)),
      /** Costs as much as asking each queue separately; `recent` writes nothing, and is not exact. */
      counts: z.optional(oneOf(['true', 'recent', 'false'])),
      /** Where the previous page ended. */
      cursor: z.optional(cursorText()),
    }),
  },
  answers: { 200: z.object({ queues: z.array(ListedView), cursor: z.optional(text()) }) },
  async answer({ service }, { query: { prefix = '', limit = ITEMS_PER_PAGE_DEFAULT, cursor, counts } }) {
    const page = await listQueues(service, {
      prefix,
      limit,
      ...(cursor === undefined ? {} : { after: cursor.slice(1) }),
    });
    const queues =
      counts === undefined || counts === 'false'
        ? page.queues.map(renderQueue)
        : await counted(service, page.queues, counts);
    return { status: 200, body: page.next === undefined ? { queues } : { queues, cursor: `c${page.next}` } };
  },
});

async function counted(service: QueueService, queues: readonly Queue[], counting: Counting): Promise<Listed[]> {
  const all: Listed[] = [];
  for (let start = 0; start < queues.length; start += COUNTED_AT_ONCE) {
    const some = queues.slice(start, start + COUNTED_AT_ONCE);
    all.push(
      ...(await Promise.all(some.map(({ name }) => countedQueue(service, name, counting).catch(goneOrThrow)))).flat(),
    );
  }
  return all;
}

/** Leaves out a queue that was deleted since the list was read. */
function goneOrThrow(error: unknown): [] {
  if (error instanceof QueueError && error.code === 'QueueNotFound') return [];
  throw error;
}
