import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import type { GetQueueAnswer, ListQueuesAnswer } from '../../client/index.ts';
import { isHidden } from '../browser/index.ts';
import { type Action, type ListedQueue, listQueues, refreshMs, showQueue } from '../rules/index.ts';
import { useConsole } from './console-state.tsx';

/** Lists of more queues end here. */
const QUEUES_MAX = 10_000;

/** All queues with recent counts. */
export function useQueues() {
  const { session, isRefreshOn } = useConsole();
  return useQuery({
    queryKey: ['queues'],
    queryFn: async ({ signal }) => {
      const queues: ListedQueue[] = [];
      let cursor: string | undefined;
      do {
        const page: ListQueuesAnswer = await session.run(listQueues(cursor).call, signal);
        queues.push(...page.queues);
        cursor = page.cursor;
      } while (cursor !== undefined && queues.length < QUEUES_MAX);
      return queues;
    },
    refetchInterval: ({ state }) => every(isRefreshOn, state.data?.length),
    refetchIntervalInBackground: true,
  });
}

/** A look that is read again and again; the answer before stays while the next one comes. */
function useLook<Answer>(action: Action) {
  const { session, isRefreshOn } = useConsole();
  return useQuery({
    queryKey: [action.call.path, action.call.query],
    queryFn: ({ signal }) => session.run<Answer>(action.call, signal),
    placeholderData: keepPreviousData,
    refetchInterval: () => every(isRefreshOn),
    refetchIntervalInBackground: true,
  });
}

export const useQueueAnswer = (name: string) => useLook<GetQueueAnswer>(showQueue(name));

const every = (isOn: boolean, queueCount?: number) =>
  refreshMs({ isOn, isHidden: isHidden(), ...(queueCount === undefined ? {} : { queueCount }) });

/** Reads all that is shown again. */
export function useReload(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries();
}
