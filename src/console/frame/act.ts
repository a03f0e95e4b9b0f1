import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Action } from '../rules/index.ts';
import { useConsole } from './console-state.tsx';

/** Does an action once, tells how it ended, and reads again what is shown. */
export function useAct<Answer>(done: (answer: Answer) => ReactNode) {
  const { session, notify } = useConsole();
  const queries = useQueryClient();
  return useMutation<Answer, Error, Action>({
    mutationFn: ({ call }) => session.run<Answer>(call),
    onSuccess: async (answer) => {
      notify({ type: 'success', text: done(answer) });
      await queries.invalidateQueries();
    },
  });
}
