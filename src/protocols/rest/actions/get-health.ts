import * as z from 'zod/mini';
import { action } from '../action.ts';
import { fields, text } from '../fields.ts';
import { VERSION } from '../version.ts';

export const getHealthAction = action({
  id: 'getHealth',
  method: 'GET',
  path: '/health',
  summary: 'Say that calls are served',
  input: {},
  answers: {
    200: fields({ status: z.literal('ok'), version: text(), uptimeSeconds: z.number().check(z.minimum(0)) }),
  },
  async answer({ service, startedAtMs }) {
    const uptimeSeconds = Math.max(0, service.clock.nowMs() - startedAtMs) / 1_000;
    return { status: 200, body: { status: 'ok', version: VERSION, uptimeSeconds } };
  },
});
