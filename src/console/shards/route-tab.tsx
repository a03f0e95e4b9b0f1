import Header from '@cloudscape-design/components/header';
import type { GetQueueAnswer, GetRouteAnswer } from '../../client/api.d.ts';
import { useRoute } from '../frame/index.ts';
import { Failure, Moment, SameElsewhere, type TableColumn, VirtualTable } from '../parts/index.ts';
import { countText, showRoute } from '../rules/index.ts';
import { Decisions } from './decisions.tsx';

type Shard = GetRouteAnswer['shards'][number];

const COLUMNS: readonly TableColumn<Shard>[] = [
  { id: 'id', title: 'Shard', px: 160, cell: ({ id }) => <span className="mono">{id}</span> },
  { id: 'cell', title: 'Cell', px: 100, cell: ({ cell }) => <span className="mono">{cell}</span> },
  {
    id: 'state',
    title: 'State',
    px: 100,
    cell: ({ state, weight }) => (weight === undefined ? state : `${state}, ${weight}`),
  },
  { id: 'since', title: 'Since', px: 110, isExtra: true, cell: ({ since }) => <Moment at={since} /> },
  { id: 'due', title: 'Nothing due before', px: 130, isExtra: true, cell: ({ nextDue }) => <Moment at={nextDue} /> },
  {
    id: 'throttles',
    title: 'Throttles a second',
    px: 130,
    isNumber: true,
    cell: ({ throttlesPerSecond }) => throttlesPerSecond,
  },
];

/** The shards of a queue, what they take, and what the controller does about it. */
export function RouteTab({ queue: { name } }: { readonly queue: GetQueueAnswer }) {
  const route = useRoute(name);
  const { shards = [], load, version, planned = [], decisions = [] } = route.data ?? {};
  return (
    <div className="view">
      <Header
        variant="h2"
        description={
          load === undefined
            ? 'Reading …'
            : `Route ${version}: ${load.messagesPerSecond} messages, ${load.writeUnitsPerSecond} write and ` +
              `${load.readUnitsPerSecond} read units, ${load.lostClaimsPerSecond} lost claims a second.`
        }
      >
        {countText(shards.length)} {shards.length === 1 ? 'shard' : 'shards'}
      </Header>
      {route.error === null ? undefined : <Failure error={route.error} retry={() => void route.refetch()} />}
      <VirtualTable label="Shards" rows={shards} columns={COLUMNS} keyOf={({ id }) => id} empty="Reading …" />
      <Decisions planned={planned} decisions={decisions} />
      <SameElsewhere action={showRoute(name)} />
    </div>
  );
}
