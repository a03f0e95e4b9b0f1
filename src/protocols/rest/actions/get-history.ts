import * as z from 'zod/mini';
import { getQueue } from '../../../engine/index.ts';
import { SERIES } from '../../../model/history.ts';
import { action } from '../action.ts';
import { newQueueName } from '../fields.ts';
import { HistoryQuery, renderSeries, renderSteps, STEPS, seriesOf, spanOf, stepsOf } from '../history-view.ts';
import { QueuePath } from '../messages.ts';

export const getHistoryAction = action({
  id: 'getHistory',
  method: 'GET',
  path: '/queues/{name}/history',
  summary: 'Show what a queue did and held in the past, step by step',
  input: { path: QueuePath, query: HistoryQuery },
  answers: { 200: z.object({ name: newQueueName(), ...STEPS, series: seriesOf(SERIES) }) },
  async answer({ service, history }, { path: { name }, query }) {
    const span = spanOf(query);
    const { id } = await getQueue(service, name);
    const nowMs = service.clock.nowMs();
    const steps = stepsOf((await history?.read(span)) ?? [], span, nowMs);
    return { status: 200, body: { name, ...renderSteps(span, nowMs), series: renderSeries(steps, id, SERIES) } };
  },
});
