import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { isSearching, settingNames } from '../browser/index.ts';
import { useConsole, useQueues, useTrends } from '../frame/index.ts';
import { ActButton, Failure, VirtualTable } from '../parts/index.ts';
import { countText, isMessageId, type ListedQueue, queueRows, timeText, trendsOf } from '../rules/index.ts';
import { columnsOf, type Shown } from './columns.tsx';
import { useOrder } from './order.ts';

const CreateQueue = lazy(async () => ({ default: (await import('./create-queue.tsx')).CreateQueue }));
const Restorable = lazy(async () => ({ default: (await import('../settings/index.ts')).Restorable }));
const MessageSearch = lazy(async () => ({ default: (await import('./message-search.tsx')).MessageSearch }));
const Greeting = lazy(async () => ({ default: (await import('./greeting.tsx')).Greeting }));

const NO_TRENDS: ReturnType<typeof trendsOf> = new Map();

/** All queues with their counts. */
export function QueuesPage() {
  const queues = useQueues();
  const [isCreating, setCreating] = useState(false);
  const { zone } = useConsole();
  const all = queues.data ?? [];
  return (
    <div className="view">
      <Header
        variant="h1"
        counter={queues.data === undefined ? '' : `(${countText(all.length)})`}
        description={
          !queues.isCounted
            ? 'Counting …'
            : `Counts of ${timeText(queues.dataUpdatedAt, zone)}. Looking changes nothing.`
        }
        actions={
          <ActButton variant="primary" onClick={() => setCreating(true)}>
            Create queue
          </ActButton>
        }
      >
        Queues
      </Header>
      {queues.error === null ? undefined : <Failure error={queues.error} retry={() => void queues.refetch()} />}
      {queues.data !== undefined && settingNames('deletion.').length > 0 ? (
        <Suspense>
          <Restorable queues={all} />
        </Suspense>
      ) : undefined}
      {queues.data === undefined ? undefined : all.length === 0 ? (
        <Suspense>
          <Greeting />
        </Suspense>
      ) : (
        <QueueTable queues={all} />
      )}
      {isCreating ? (
        <Suspense>
          <CreateQueue queues={all} onClose={() => setCreating(false)} />
        </Suspense>
      ) : undefined}
    </div>
  );
}

function QueueTable({ queues }: { readonly queues: readonly ListedQueue[] }) {
  const [, navigate] = useLocation();
  const [parameters, setParameters] = useSearchParams();
  const { order, sortBy } = useOrder();
  const search = parameters.get('search') ?? '';
  const setSearch = (text: string) =>
    setParameters(
      (before) => {
        const next = new URLSearchParams(before);
        if (text === '') next.delete('search');
        else next.set('search', text);
        return next;
      },
      { replace: true },
    );
  const history = useTrends().data;
  const trends = useMemo(() => (history === undefined ? NO_TRENDS : trendsOf(history)), [history]);
  const rows = queueRows(queues, search, order);
  return (
    <>
      <div data-key="/" className="search">
        <Input
          type="search"
          value={search}
          onChange={({ detail }) => setSearch(detail.value)}
          placeholder="Queues by name or tag, or a message id"
          ariaLabel="Find queues by name or tag, or a message by its id"
          autoFocus={isSearching()}
          clearAriaLabel="Clear"
        />
      </div>
      {isMessageId(search.trim()) ? (
        <Suspense>
          <MessageSearch key={search} id={search.trim().toLowerCase()} queues={queues.map(({ name }) => name)} />
        </Suspense>
      ) : undefined}
      <VirtualTable<ListedQueue, Shown>
        label="Queues"
        rows={rows}
        columns={columnsOf(queues, trends)}
        keyOf={({ name }) => name}
        order={order}
        onOrder={(column) => column !== 'trend' && column !== 'rates' && sortBy(column)}
        onOpen={({ name }) => navigate(`/queues/${name}`)}
        empty={`No queue has “${search}” in its name or tags.`}
      />
    </>
  );
}
