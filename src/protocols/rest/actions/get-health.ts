import * as z from 'zod/mini';
import { action } from '../action.ts';
import { fields, text } from '../fields.ts';
import { VERSION } from '../version.ts';

export const getHealthAction = action({
  id: 'getHealth',
  method: 'GET',
  path: '/health',
  summary: 'Say that calls are served, and whether some are refused',
  input: {},
  answers: {
    200: fields({
      status: z.enum(['ok', 'degraded']),
      /** Set when `degraded`: which calls are refused, and why. */
      reason: z.optional(text()),
      version: text(),
      uptimeSeconds: z.number().check(z.minimum(0)),
    }),
  },
  async answer({ service, startedAtMs }) {
    const uptimeSeconds = Math.max(0, service.clock.nowMs() - startedAtMs) / 1_000;
    const reason = service.room?.shortage;
    const status = reason === undefined ? { status: 'ok' as const } : { status: 'degraded' as const, reason };
    return { status: 200, body: { ...status, version: VERSION, uptimeSeconds } };
  },
});
