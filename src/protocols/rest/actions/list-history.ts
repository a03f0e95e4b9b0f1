import * as z from 'zod/mini';
import { listQueues, type QueueService } from '../../../engine/index.ts';
import type { QueueId } from '../../../model/ids.ts';
import { RECORDS_PER_LIST_MAX } from '../../../model/limits.ts';
import type { Queue } from '../../../model/queue.ts';
import { action } from '../action.ts';
import { newQueueName } from '../fields.ts';
import { HistoryQuery, renderSeries, renderSteps, STEPS, seriesOf, spanOf, stepsOf } from '../history-view.ts';

const SHOWN = ['sent', 'deleted', 'ready'] as const;

export const listHistoryAction = action({
  id: 'listHistory',
  method: 'GET',
  path: '/history',
  summary: 'Show the past of all queues in short, of those with messages in it',
  input: { query: HistoryQuery },
  answers: {
    200: z.object({ ...STEPS, queues: z.array(z.object({ name: newQueueName(), series: seriesOf(SHOWN) })) }),
  },
  async answer({ service, history }, { query }) {
    const span = spanOf(query);
    const nowMs = service.clock.nowMs();
    const points = (await history?.read(span)) ?? [];
    const steps = stepsOf(points, span, nowMs);
    const told = new Set(points.flatMap(({ queues }) => [...queues.keys()]));
    const queues = (await namesOf(service, told)).map(({ name, id }) => ({
      name,
      series: renderSeries(steps, id, SHOWN),
    }));
    return { status: 200, body: { ...renderSteps(span, nowMs), queues } };
  },
});

/** Those that still exist, by name. */
async function namesOf(service: QueueService, wanted: ReadonlySet<QueueId>): Promise<Queue[]> {
  const found: Queue[] = [];
  let after: string | undefined;
  do {
    const page = await listQueues(service, { limit: RECORDS_PER_LIST_MAX, ...(after === undefined ? {} : { after }) });
    found.push(...page.queues.filter(({ id }) => wanted.has(id)));
    after = page.next;
  } while (after !== undefined && found.length < wanted.size);
  return found;
}
