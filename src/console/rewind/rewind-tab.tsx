import type { GetQueueAnswer } from '../../client/api.d.ts';
import { useQueues } from '../frame/index.ts';
import { sourcesOf } from '../rules/index.ts';
import { JobList } from './job-list.tsx';
import { RedriveCard } from './redrive-card.tsx';
import { RewindCard } from './rewind-card.tsx';

/** What can be brought back, and what was. Of a dead-letter queue people want the dead letters first. */
export function RewindTab({ queue }: { readonly queue: GetQueueAnswer }) {
  const queues = useQueues();
  const names = queues.data?.map(({ name }) => name) ?? [];
  const sources = sourcesOf(queue.name, queues.data ?? []);
  return (
    <div className="view">
      <div className="columns">
        {sources.length === 0 ? undefined : <RedriveCard queue={queue} sources={sources} queues={names} />}
        <RewindCard queue={queue} queues={names} />
      </div>
      <JobList queue={queue.name} />
    </div>
  );
}
