import Button from '@cloudscape-design/components/button';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import { useEffect, useRef, useState } from 'react';
import { RewindMqError } from '../../client/errors.ts';
import type { Session } from '../browser/index.ts';
import { useConsole } from '../frame/index.ts';
import { Failure, To } from '../parts/index.ts';
import { countText, endText, type FoundIn, findMessage, type Progress, searchQueues } from '../rules/index.ts';

interface MessageSearchProps {
  readonly id: string;
  readonly queues: readonly string[];
}

interface Search {
  readonly progress: Progress;
  readonly isRunning: boolean;
  readonly error?: Error;
}

/** Looks for a message in all queues, one after the other, because an id does not tell its queue. */
export function MessageSearch({ id, queues }: MessageSearchProps) {
  const { session } = useConsole();
  const [search, setSearch] = useState<Search>();
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const start = async () => {
    stop.current = new AbortController();
    const { signal } = stop.current;
    let progress: Progress = { searched: 0, cut: [] };
    try {
      for await (progress of searchQueues(queues, (name) => findIn(session, name, id, signal))) {
        if (signal.aborted) break;
        setSearch({ progress, isRunning: true });
      }
      setSearch({ progress, isRunning: false });
    } catch (error) {
      setSearch({ progress, isRunning: false, ...(signal.aborted ? {} : { error: error as Error }) });
    }
  };
  const again = () => void start();
  if (search !== undefined) {
    return <Found id={id} total={queues.length} search={search} again={again} stop={() => stop.current.abort()} />;
  }
  return (
    <p>
      This is the id of a message. <Button onClick={again}>Look in {countText(queues.length)} queues</Button> It takes a
      call for each, and more where much lies.
    </p>
  );
}

interface FoundProps {
  readonly id: string;
  readonly total: number;
  readonly search: Search;
  readonly again: () => void;
  readonly stop: () => void;
}

function Found({ id, total, search: { progress, isRunning, error }, again, stop }: FoundProps) {
  const { found, searched } = progress;
  return (
    <section aria-label="Search for a message">
      {isRunning ? (
        <>
          <ProgressBar
            value={(100 * searched) / Math.max(1, total)}
            label={`Looking for ${id}`}
            additionalInfo={`${countText(searched)} of ${countText(total)} queues`}
          />
          <Button onClick={stop}>Stop</Button>
        </>
      ) : undefined}
      {found === undefined ? undefined : (
        <p role="status">
          Found in <To path={`/queues/${found}/messages?id=${id}`}>{found}</To>.
        </p>
      )}
      {isRunning || found !== undefined ? undefined : (
        <p role="status">
          {endText(progress, total)} <Button onClick={again}>Look again</Button>
        </p>
      )}
      {error === undefined ? undefined : <Failure error={error} retry={again} />}
    </section>
  );
}

/** Looks into one queue, and goes on where a part of its archive was left out. */
async function findIn(session: Session, queue: string, id: string, signal: AbortSignal): Promise<FoundIn> {
  let from: string | undefined;
  for (;;) {
    const outcome = await session.run(findMessage(queue, id, from).call, signal).then(
      () => 'found' as const,
      (error: unknown) => error,
    );
    if (outcome === 'found') return outcome;
    if (!(outcome instanceof RewindMqError)) throw outcome;
    if (outcome.code === 'queueNotFound') return 'none';
    if (outcome.code !== 'notFound') throw outcome;
    const { complete = true, to } = outcome.searched ?? {};
    if (complete) return 'none';
    // Without progress the next call would search the same again.
    if (to === from) return 'cut';
    from = to;
  }
}
