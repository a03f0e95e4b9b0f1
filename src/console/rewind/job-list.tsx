import Header from '@cloudscape-design/components/header';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import { useState } from 'react';
import type { Rewind } from '../../client/api.d.ts';
import { nowMs, readSetting } from '../browser/index.ts';
import { useJobs } from '../frame/index.ts';
import { ActButton, ActionDialog, Failure, Moment, SameElsewhere, To } from '../parts/index.ts';
import { cancelJob, listJobs, progressOf, undoOf } from '../rules/index.ts';

/** Rewinds and redrives of a queue, newest first. */
export function JobList({ queue }: { readonly queue: string }) {
  const jobs = useJobs(queue);
  const all = jobs.data?.rewinds ?? [];
  return (
    <section aria-label="Jobs">
      <Header variant="h2" description="They leave the list 30 days after their end.">
        Rewinds and redrives
      </Header>
      {jobs.error === null ? undefined : <Failure error={jobs.error} retry={() => void jobs.refetch()} />}
      {jobs.data !== undefined && all.length === 0 ? <p className="quiet">There was none yet.</p> : undefined}
      {all.map((job) => (
        <Job key={job.id} queue={queue} job={job} />
      ))}
      <SameElsewhere action={listJobs(queue)} />
    </section>
  );
}

interface JobProps {
  readonly queue: string;
  readonly job: Rewind;
}

/** What the preview counted before the job began, if it began in this browser. */
function expectedOf(id: string): number | undefined {
  const text = readSetting(`expected.${id}`);
  return text === undefined ? undefined : Number(text);
}

const STATUS = { running: 'in-progress', done: 'success', failed: 'error', cancelled: 'error' } as const;

/** One job: what, how far, and how to take it back. */
export function Job({ queue, job }: JobProps) {
  const [isAsking, setAsking] = useState(false);
  const undo = undoOf(job, nowMs());
  const { state, error } = job;
  const { percent, text } = progressOf(job, nowMs(), expectedOf(job.id));
  return (
    <article className="job" aria-label={`Job ${job.id}`}>
      <div className="grow">
        <What queue={queue} job={job} />
        <ProgressBar
          value={percent}
          status={STATUS[state]}
          ariaLabel={`Progress of ${job.id}`}
          additionalInfo={text}
          resultText={state === 'failed' ? `failed: ${error ?? 'no reason is known'}` : state}
        />
      </div>
      {undo === undefined ? undefined : (
        <ActButton onClick={() => setAsking(true)}>{undo === 'cancel' ? 'Cancel this job' : 'Undo'}</ActButton>
      )}
      {isAsking && undo !== undefined ? (
        <Ask queue={queue} job={job} undo={undo} close={() => setAsking(false)} />
      ) : undefined}
    </article>
  );
}

const TIMES = { sentAt: 'sent', deletedAt: 'deleted' } as const;

function What({ queue, job: { id, by, from, to, into, startedAt } }: JobProps) {
  return (
    <p>
      <span className="mono">{id}</span>, begun <Moment at={startedAt} />: {TIMES[by]} from <Moment at={from} /> to{' '}
      <Moment at={to} />
      {into === queue ? '' : ', into '}
      {into === queue ? undefined : <To path={`/queues/${into}`}>{into}</To>}
    </p>
  );
}

function Ask({ queue, job, undo, close }: JobProps & { readonly undo: 'cancel' | 'undo'; readonly close: () => void }) {
  const verb = undo === 'cancel' ? 'Cancel the job' : 'Take the messages back';
  return (
    <ActionDialog<Rewind>
      title={verb}
      verb={verb}
      action={cancelJob(queue, job.id)}
      done={({ id }) => `The job ${id} is taken back: what no consumer has received is deleted again.`}
      onClose={close}
      size="medium"
    >
      <p>
        {progressOf(job, nowMs()).text}. What no consumer has received is taken back; what one has received stays with
        it.
      </p>
    </ActionDialog>
  );
}
