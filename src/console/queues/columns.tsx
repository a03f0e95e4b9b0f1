import Badge from '@cloudscape-design/components/badge';
import { Count, type TableColumn, To } from '../parts/index.ts';
import { durationText, type ListedQueue, type QueueColumn, secondsText, sourcesOf } from '../rules/index.ts';

/** Columns of the list of queues. */
export function columnsOf(queues: readonly ListedQueue[]): TableColumn<ListedQueue, QueueColumn>[] {
  const count = (id: 'ready' | 'inFlight' | 'delayed' | 'deadLettered' | 'sent', title: string, isExtra = false) => ({
    id,
    title,
    px: title.length > 10 ? 112 : 84,
    isNumber: true,
    isExtra,
    cell: ({ counts }: ListedQueue) => <Count of={counts?.[id]} />,
  });
  return [
    {
      id: 'name',
      title: 'Name',
      px: 280,
      cell: (queue) => (
        <>
          <To path={`/queues/${queue.name}`}>{queue.name}</To>
          <Marks queue={queue} queues={queues} />
        </>
      ),
    },
    count('ready', 'Ready'),
    count('inFlight', 'In flight'),
    count('delayed', 'Delayed', true),
    count('deadLettered', 'Dead-lettered', true),
    {
      id: 'oldest',
      title: 'Oldest ready',
      px: 100,
      isNumber: true,
      isExtra: true,
      cell: ({ counts, oldestReadyAgeSeconds: age = 0 }) =>
        (counts?.ready ?? 0) === 0 ? <span className="quiet">–</span> : durationText(age * 1_000),
    },
    count('sent', 'Sent', true),
  ];
}

/** What kind of queue it is, in words. */
function Marks({ queue, queues }: { readonly queue: ListedQueue; readonly queues: readonly ListedQueue[] }) {
  const sources = sourcesOf(queue.name, queues);
  const { rewindSeconds, tags } = queue;
  return (
    <span className="marks">
      {sources.length === 0 ? undefined : <Badge>dead letters of {sources.slice(0, 2).join(', ')}</Badge>}
      {rewindSeconds === 0 ? <Badge>no rewind</Badge> : undefined}
      {Object.entries(tags)
        .slice(0, 2)
        .map(([name, value]) => (
          <Badge key={name}>
            {name}: {value}
          </Badge>
        ))}
      {rewindSeconds === 0 ? undefined : <span className="quiet extra"> {secondsText(rewindSeconds)}</span>}
    </span>
  );
}
