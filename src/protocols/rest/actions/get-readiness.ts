import * as z from 'zod/mini';
import { listQueues } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { fields } from '../fields.ts';

export const getReadinessAction = action({
  id: 'getReadiness',
  method: 'GET',
  path: '/ready',
  summary: 'Say that the store answers, so that calls can be sent here',
  input: {},
  answers: { 200: fields({ status: z.literal('ready') }) },
  async answer({ service }) {
    await listQueues(service, { limit: 1 });
    return { status: 200, body: { status: 'ready' } };
  },
});
