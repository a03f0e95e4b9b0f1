import { type Action, action } from '../action.ts';

/** The call that empties a server which keeps everything in memory. */
export const resetAction = (reset: () => Promise<void>): Action =>
  action({
    id: 'reset',
    method: 'POST',
    path: '/reset',
    summary: 'Empty the server: it is as it was when it started',
    input: {},
    answers: { 204: undefined },
    async answer() {
      await reset();
      return { status: 204 };
    },
  });
