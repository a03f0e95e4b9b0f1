import { listRewinds } from '../../../engine/index.ts';
import type { RewindJob } from '../../../model/rewind.ts';
import { action, type SqsHost } from '../action.ts';
import { authorise } from '../authorise.ts';
import { existingQueue, renderTask } from '../move-tasks.ts';
import { pageLimit } from '../paging.ts';
import { integer, required, text } from '../shapes.ts';

/** SQS's limit of a page of tasks. */
const RESULTS_MAX = 10;
/** Jobs of one read: the ones that are no redrives are left out. */
const JOBS_PER_PAGE = 100;

export const listMessageMoveTasksAction = action({
  name: 'ListMessageMoveTasks',
  input: { SourceArn: required(text), MaxResults: integer },
  async answer(call, { SourceArn, MaxResults = 1 }) {
    const { host } = call;
    const limit = pageLimit(MaxResults, RESULTS_MAX);
    const queue = await existingQueue(host, SourceArn, 'SourceArn');
    authorise(call, 'any', queue);
    const redrives = await newestRedrives(host, queue, limit);
    return { Results: redrives.map((job) => renderTask(host, queue, job)) };
  },
});

/** Rewinds of the queue may lie between them. */
async function newestRedrives({ service }: SqsHost, queue: string, limit: number): Promise<RewindJob[]> {
  const redrives: RewindJob[] = [];
  for (let after: string | undefined; ; ) {
    const page = await listRewinds(service, queue, { limit: JOBS_PER_PAGE, ...(after === undefined ? {} : { after }) });
    redrives.push(...page.rewinds.filter(({ redrive }) => redrive !== undefined));
    if (redrives.length >= limit || page.next === undefined) return redrives.slice(0, limit);
    after = page.next;
  }
}
