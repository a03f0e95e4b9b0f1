import { listRewinds } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { authorise } from '../authorise.ts';
import { existingQueue, renderTask } from '../move-tasks.ts';
import { pageLimit } from '../paging.ts';
import { integer, required, text } from '../shapes.ts';

const RESULTS_MAX = 10;

export const listMessageMoveTasksAction = action({
  name: 'ListMessageMoveTasks',
  input: { SourceArn: required(text), MaxResults: integer },
  async answer(call, { SourceArn, MaxResults = 1 }) {
    const { host } = call;
    const limit = pageLimit(MaxResults, RESULTS_MAX);
    const queue = await existingQueue(host, SourceArn, 'SourceArn');
    authorise(call, 'any', queue);
    const jobs = await listRewinds(host.service, queue);
    const redrives = jobs.filter(({ redrive }) => redrive !== undefined).slice(0, limit);
    return { Results: redrives.map((job) => renderTask(host, queue, job)) };
  },
});
