import Badge from '@cloudscape-design/components/badge';
import { Count, type TableColumn, To } from '../parts/index.ts';
import {
  durationText,
  type ListedQueue,
  lastRate,
  type QueueColumn,
  secondsText,
  shortCount,
  sourcesOf,
  type Trend,
} from '../rules/index.ts';
import { Spark } from './spark.tsx';

/** The step of a trend. */
const MINUTE_SECONDS = 60;

export type Shown = QueueColumn | 'trend' | 'rates';

/** Columns of the list of queues. */
export function columnsOf(
  queues: readonly ListedQueue[],
  trends: ReadonlyMap<string, Trend>,
): TableColumn<ListedQueue, Shown>[] {
  return [
    {
      id: 'name',
      title: 'Name',
      px: 288,
      cell: (queue) => (
        <>
          <To path={`/queues/${queue.name}`}>{queue.name}</To>
          <Marks queue={queue} queues={queues} />
        </>
      ),
    },
    count('ready', 'Ready'),
    ...trendColumns(trends),
    count('inFlight', 'In flight'),
    count('delayed', 'Delayed', true),
    count('deadLettered', 'Dead', true),
    {
      id: 'oldest',
      title: 'Oldest ready',
      px: 112,
      isNumber: true,
      isExtra: true,
      cell: ({ counts, oldestReadyAgeSeconds: age = 0 }) =>
        (counts?.ready ?? 0) === 0 ? <span className="quiet">–</span> : durationText(age * 1_000),
    },
    count('sent', 'Sent', true),
  ];
}

const count = (
  id: 'ready' | 'inFlight' | 'delayed' | 'deadLettered' | 'sent',
  title: string,
  isExtra = false,
): TableColumn<ListedQueue, Shown> => ({
  id,
  title,
  px: 72,
  isNumber: true,
  isExtra,
  cell: ({ counts }) => <Count of={counts?.[id]} />,
});

const trendColumns = (trends: ReadonlyMap<string, Trend>): TableColumn<ListedQueue, Shown>[] => [
  {
    id: 'trend',
    title: 'Last hour',
    px: 96,
    isUnordered: true,
    isExtra: true,
    cell: ({ name }) => <Spark trend={trends.get(name)} />,
  },
  {
    id: 'rates',
    title: 'In / out /s',
    px: 96,
    isUnordered: true,
    isNumber: true,
    isExtra: true,
    cell: ({ name }) => <Rates trend={trends.get(name)} />,
  },
];

/** Messages sent and deleted a second, in the newest minute. */
function Rates({ trend }: { readonly trend: Trend | undefined }) {
  if (trend === undefined) return <span className="quiet">–</span>;
  const [sent = 0, deleted = 0] = [lastRate(trend.sent, MINUTE_SECONDS), lastRate(trend.deleted, MINUTE_SECONDS)];
  return `${shortCount(sent)} / ${shortCount(deleted)}`;
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
