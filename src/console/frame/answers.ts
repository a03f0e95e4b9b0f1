import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import type {
  GetQueueAnswer,
  GetRouteAnswer,
  ListCellsAnswer,
  ListQueuesAnswer,
  ListRewindsAnswer,
} from '../../client/index.ts';
import { isHidden } from '../browser/index.ts';
import {
  type Action,
  type ListedQueue,
  listCells,
  listJobs,
  listQueues,
  refreshMs,
  showQueue,
  showRoute,
} from '../rules/index.ts';
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
function useLook<Answer>(action: Action, { isFast }: { readonly isFast?: (answer: Answer) => boolean } = {}) {
  const { session, isRefreshOn } = useConsole();
  return useQuery({
    queryKey: [action.call.path, action.call.query],
    queryFn: ({ signal }) => session.run<Answer>(action.call, signal),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      state.data !== undefined && isFast?.(state.data) === true ? PROGRESS_MS : every(isRefreshOn),
    refetchIntervalInBackground: true,
  });
}

export const useQueueAnswer = (name: string) => useLook<GetQueueAnswer>(showQueue(name));

export const useJobs = (name: string) => useLook<ListRewindsAnswer>(listJobs(name), { isFast: hasRunning });
export const useRoute = (name: string) => useLook<GetRouteAnswer>(showRoute(name));
export const useCells = () => useLook<ListCellsAnswer>(listCells);

/** Progress is worth a read each second. */
const PROGRESS_MS = 1_000;
const hasRunning = ({ rewinds }: ListRewindsAnswer): boolean => rewinds.some(({ state }) => state === 'running');

const every = (isOn: boolean, queueCount?: number) =>
  refreshMs({ isOn, isHidden: isHidden(), ...(queueCount === undefined ? {} : { queueCount }) });

/** Reads all that is shown again. */
export function useReload(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries();
}
