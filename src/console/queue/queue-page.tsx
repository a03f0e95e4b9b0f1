import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { lazy, Suspense, useState } from 'react';
import { useLocation } from 'wouter';
import type { GetQueueAnswer } from '../../client/api.d.ts';
import { RewindMqError } from '../../client/errors.ts';
import { useQueueAnswer } from '../frame/index.ts';
import { ActButton, CopyButton, Failure, TabViews, To } from '../parts/index.ts';
import { Summary } from './summary.tsx';

const Messages = lazy(async () => ({ default: (await import('./messages.tsx')).Messages }));
const RewindTab = lazy(async () => ({ default: (await import('../rewind/index.ts')).RewindTab }));
const PushTab = lazy(async () => ({ default: (await import('../push/index.ts')).PushTab }));
const RouteTab = lazy(async () => ({ default: (await import('../shards/index.ts')).RouteTab }));
const SettingsTab = lazy(async () => ({ default: (await import('../settings/index.ts')).SettingsTab }));
const SendDialog = lazy(async () => ({ default: (await import('./send-dialog.tsx')).SendDialog }));

const BASE = '/console';
const TABS = [
  ['summary', 'Summary', Summary],
  ['messages', 'Messages', Messages],
  ['rewind', 'Rewind and redrive', RewindTab],
  ['push', 'Push', PushTab],
  ['settings', 'Settings', SettingsTab],
  ['shards', 'Shards', RouteTab],
] as const;

/** One queue: its summary, its messages, and what can be done with it. */
export function QueuePage({ name, tab }: { readonly name: string; readonly tab: string }) {
  const answer = useQueueAnswer(name);
  const queue = answer.data;
  if (queue === undefined) {
    if (answer.error === null) return <p role="status">Reading {name} …</p>;
    return <NoQueue name={name} error={answer.error} />;
  }
  return (
    <div className="view">
      <QueueHeader queue={queue} />
      {answer.error === null ? undefined : <Failure error={answer.error} retry={() => void answer.refetch()} />}
      <QueueTabs queue={queue} tab={tab} />
    </div>
  );
}

function QueueHeader({ queue: { name } }: { readonly queue: GetQueueAnswer }) {
  const [isSending, setSending] = useState(false);
  return (
    <>
      <nav aria-label="Breadcrumb">
        <To path="/queues">Queues</To> / {name}
      </nav>
      <Header
        variant="h1"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <ActButton variant="primary" onClick={() => setSending(true)}>
              Send message
            </ActButton>
          </SpaceBetween>
        }
      >
        {name} <CopyButton text={name} what="the name of the queue" />
      </Header>
      {isSending ? (
        <Suspense>
          <SendDialog queue={name} onClose={() => setSending(false)} />
        </Suspense>
      ) : undefined}
    </>
  );
}

function QueueTabs({ queue, tab }: { readonly queue: GetQueueAnswer; readonly tab: string }) {
  const [, navigate] = useLocation();
  const pathOf = (id: string) => `/queues/${queue.name}${id === 'summary' ? '' : `/${id}`}`;
  return (
    <TabViews
      ariaLabel={`Views of ${queue.name}`}
      activeTabId={tab}
      onChange={({ detail }) => navigate(pathOf(detail.activeTabId))}
      tabs={TABS.map(([id, label, View]) => ({
        id,
        label,
        href: BASE + pathOf(id),
        // Only the view in sight reads.
        content:
          id === tab ? (
            <Suspense fallback={<p role="status">Loading …</p>}>
              <View queue={queue} />
            </Suspense>
          ) : undefined,
      }))}
    />
  );
}

function NoQueue({ name, error }: { readonly name: string; readonly error: Error }) {
  const isUnknown = error instanceof RewindMqError && error.code === 'queueNotFound';
  if (!isUnknown) return <Failure error={error} />;
  return (
    <p>
      There is no queue {name}. <To path="/queues">All queues</To>
    </p>
  );
}
