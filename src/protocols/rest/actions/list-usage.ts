import * as z from 'zod/mini';
import { BASE_DOLLARS_A_MONTH, type Day, dollarsOf, monthsOf, type Usage } from '../../../model/usage.ts';
import { action } from '../action.ts';
import { text } from '../fields.ts';

const amount = () => z.number().check(z.minimum(0));

const USED = {
  calls: amount(),
  /** Time that calls took, waiting receives included. */
  callSeconds: amount(),
  sent: amount(),
  received: amount(),
  deleted: amount(),
  /** An estimate of what it would cost on AWS. */
  dollars: amount(),
};

export const listUsageAction = action({
  id: 'listUsage',
  method: 'GET',
  path: '/usage',
  summary: 'Show the calls and messages of each day and month, for thirteen months',
  input: {},
  answers: {
    200: z.object({
      days: z.array(z.object({ day: text(), ...USED })),
      months: z.array(z.object({ month: text(), ...USED })),
    }),
  },
  async answer({ history }) {
    const used = (await history?.usage()) ?? new Map<Day, Usage>();
    const days = [...used].map(([day, usage]) => ({ day, ...usage, dollars: dollarsOf(usage) }));
    const months = [...monthsOf(used)].map(([month, usage]) => ({
      month,
      ...usage,
      dollars: dollarsOf(usage) + BASE_DOLLARS_A_MONTH,
    }));
    return { status: 200, body: { days, months } };
  },
});
