import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import type {
  GetHistoryAnswer,
  GetQueueAnswer,
  GetRouteAnswer,
  GetSubscriptionAnswer,
  ListAllRewindsAnswer,
  ListCellsAnswer,
  ListHistoryAnswer,
  ListQueuesAnswer,
  ListRewindsAnswer,
  ListUsageAnswer,
} from '../../client/index.ts';
import { isHidden, type Session } from '../browser/index.ts';
import {
  type Action,
  type ListedQueue,
  listAllJobs,
  listCells,
  listHistory,
  listJobs,
  listQueues,
  listUsage,
  refreshMs,
  type Span,
  showHistory,
  showPush,
  showQueue,
  showRoute,
} from '../rules/index.ts';
import { useConsole } from './console-state.tsx';

/** Lists of more queues end here. */
const QUEUES_MAX = 10_000;

/** All queues with recent counts; without counts until the first have come, because a thousand take a second. */
export function useQueues() {
  const { session, isRefreshOn } = useConsole();
  const isKnown = useQueryClient().getQueryData(['queues']) !== undefined;
  const named = useQuery({
    queryKey: ['queueNames'],
    queryFn: ({ signal }) => readQueues(session, 'false', signal),
    enabled: !isKnown,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const counted = useQuery({
    queryKey: ['queues'],
    queryFn: ({ signal }) => readQueues(session, 'recent', signal),
    // One thread answers both: side by side, the names would come as late as the counts.
    enabled: isKnown || !named.isPending,
    refetchInterval: ({ state }) => every(isRefreshOn, state.data?.length),
    refetchIntervalInBackground: true,
  });
  return { ...counted, data: counted.data ?? named.data, isCounted: counted.data !== undefined };
}

async function readQueues(session: Session, counts: 'recent' | 'false', signal: AbortSignal): Promise<ListedQueue[]> {
  const queues: ListedQueue[] = [];
  let cursor: string | undefined;
  do {
    const page: ListQueuesAnswer = await session.run(listQueues(cursor, counts).call, signal);
    queues.push(...page.queues);
    cursor = page.cursor;
  } while (cursor !== undefined && queues.length < QUEUES_MAX);
  return queues;
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
export const useAllJobs = () => useLook<ListAllRewindsAnswer>(listAllJobs, { isFast: hasSomeRunning });
export const usePush = (name: string) => useLook<GetSubscriptionAnswer>(showPush(name));
export const useRoute = (name: string) => useLook<GetRouteAnswer>(showRoute(name));
export const useCells = () => useLook<ListCellsAnswer>(listCells);

/** The history gets a step a minute at most. */
const STEP_MS = 60_000;

/** What a queue did; the lines of the span before stay while those of the next one come. */
export const useHistory = (name: string, span: Span) => useSteps<GetHistoryAnswer>(showHistory(name, span));
/** The last hour of all queues. */
export const useUsage = () => useSteps<ListUsageAnswer>(listUsage);
export const useTrends = () => useSteps<ListHistoryAnswer>(listHistory);

function useSteps<Answer>({ call }: Action) {
  const { session, isRefreshOn } = useConsole();
  return useQuery({
    queryKey: [call.path, call.query],
    queryFn: ({ signal }) => session.run<Answer>(call, signal),
    // A deployment keeps no history of its queues.
    enabled: session.deployment === undefined,
    placeholderData: keepPreviousData,
    staleTime: STEP_MS / 2,
    refetchInterval: isRefreshOn ? STEP_MS : false,
  });
}

/** Progress is worth a read each second. */
const PROGRESS_MS = 1_000;
const hasSomeRunning = ({ rewinds }: ListAllRewindsAnswer): boolean =>
  rewinds.some(({ rewind }) => rewind.state === 'running');
const hasRunning = ({ rewinds }: ListRewindsAnswer): boolean => rewinds.some(({ state }) => state === 'running');

const every = (isOn: boolean, queueCount?: number) =>
  refreshMs({ isOn, isHidden: isHidden(), ...(queueCount === undefined ? {} : { queueCount }) });

/** Reads all that is shown again. */
export function useReload(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries();
}
