import Header from '@cloudscape-design/components/header';
import { useQueries } from '@tanstack/react-query';
import type { ListRewindsAnswer } from '../../client/api.d.ts';
import { useConsole, useQueues } from '../frame/index.ts';
import { Failure, To } from '../parts/index.ts';
import { type ListedQueue, listJobs, refreshMs } from '../rules/index.ts';
import { Job } from './job-list.tsx';

/** Each queue costs a call, so a page asks those that can have jobs, up to this many. */
const QUEUES_MAX = 100;

/** Jobs of all queues, newest first. */
export function JobsPage() {
  const queues = useQueues();
  const asked = (queues.data ?? []).filter(mayHaveJobs);
  const { jobs, error, isPending } = useAllJobs(asked.slice(0, QUEUES_MAX));
  return (
    <div className="view">
      <Header variant="h1" description="Rewinds and redrives of all queues, newest first, for 30 days after their end.">
        Jobs
      </Header>
      {error === null ? undefined : <Failure error={error} />}
      {asked.length > QUEUES_MAX ? (
        <p role="alert">
          Only {QUEUES_MAX} of {asked.length} queues were asked; the tab Rewind of a queue has its own.
        </p>
      ) : undefined}
      {jobs.map(({ queue, job }) => (
        <div key={job.id}>
          <To path={`/queues/${queue}/rewind`}>{queue}</To>
          <Job queue={queue} job={job} />
        </div>
      ))}
      {jobs.length === 0 ? <p role="status">{isPending ? 'Reading …' : 'There was no job yet.'}</p> : undefined}
    </div>
  );
}

/** A rewind brings what was deleted; a redrive takes what waits in a dead-letter queue, which counts as deleted. */
const mayHaveJobs = ({ counts }: ListedQueue): boolean =>
  counts !== undefined && counts.rewound + counts.deleted + counts.deadLettered > 0;

function useAllJobs(queues: readonly ListedQueue[]) {
  const { session, isRefreshOn } = useConsole();
  const answers = useQueries({
    queries: queues.map(({ name }) => ({
      queryKey: [listJobs(name).call.path, listJobs(name).call.query],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
        session.run<ListRewindsAnswer>(listJobs(name).call, signal),
      refetchInterval: refreshMs({ isOn: isRefreshOn, isHidden: false, queueCount: queues.length }),
    })),
  });
  const jobs = answers.flatMap(({ data }, index) =>
    (data?.rewinds ?? []).map((job) => ({ queue: queues[index]?.name ?? '', job })),
  );
  return {
    jobs: jobs.sort((one, other) => Date.parse(other.job.startedAt) - Date.parse(one.job.startedAt)),
    error: answers.find(({ error }) => error !== null)?.error ?? null,
    isPending: answers.some(({ isPending }) => isPending),
  };
}
