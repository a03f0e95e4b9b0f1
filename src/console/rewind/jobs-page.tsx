import Header from '@cloudscape-design/components/header';
import { useAllJobs } from '../frame/index.ts';
import { Failure, SameElsewhere, To } from '../parts/index.ts';
import { listAllJobs } from '../rules/index.ts';
import { Job } from './job-list.tsx';

/** Jobs of all queues, newest first. */
export function JobsPage() {
  const jobs = useAllJobs();
  const all = jobs.data?.rewinds ?? [];
  return (
    <div className="view">
      <Header variant="h1" description="Rewinds and redrives of all queues, newest first, for 30 days after their end.">
        Jobs
      </Header>
      {jobs.error === null ? undefined : <Failure error={jobs.error} retry={() => void jobs.refetch()} />}
      {all.map(({ queue, rewind }) => (
        <div key={rewind.id}>
          <To path={`/queues/${queue}/rewind`}>{queue}</To>
          <Job queue={queue} job={rewind} />
        </div>
      ))}
      {all.length === 0 ? <p role="status">{jobs.isPending ? 'Reading …' : 'There was no job yet.'}</p> : undefined}
      <SameElsewhere action={listAllJobs} />
    </div>
  );
}
