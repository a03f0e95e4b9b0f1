import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useMutation } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import type { GetQueueAnswer } from '../../client/api.d.ts';
import { useConsole } from '../frame/index.ts';
import { Failure, Moment, SameElsewhere, To } from '../parts/index.ts';
import { balanceOf, countText, durationText, secondsText, showQueue } from '../rules/index.ts';

const Charts = lazy(async () => ({ default: (await import('../history/index.ts')).Charts }));
const ClientSetUp = lazy(async () => ({ default: (await import('./client-set-up.tsx')).ClientSetUp }));

/** What is in the queue, whether the numbers add up, how it is set, and how programs reach it. */
export function Summary({ queue }: { readonly queue: GetQueueAnswer }) {
  return (
    <div className="view">
      <Numbers queue={queue} />
      <BalanceLine queue={queue} />
      <Suspense fallback={<p role="status">Loading the charts …</p>}>
        <Charts queue={queue.name} />
      </Suspense>
      <div className="columns">
        <SettingsInShort queue={queue} />
        <Suspense>
          <ClientSetUp queue={queue.name} />
        </Suspense>
      </div>
    </div>
  );
}

function Numbers({ queue }: { readonly queue: GetQueueAnswer }) {
  const { counts, name, deadLetter } = queue;
  const stateOf = (state: string) => `/queues/${name}/messages?state=${state}`;
  const numbers = [
    ['Ready', counts.ready, stateOf('ready')],
    ['In flight', counts.inFlight, stateOf('inFlight')],
    ['Delayed', counts.delayed, stateOf('delayed')],
    [
      'Dead-lettered',
      counts.deadLettered,
      deadLetter === undefined ? undefined : `/queues/${deadLetter.queue}/messages`,
    ],
  ] as const;
  return (
    <div className="numbers">
      {numbers.map(([label, count, path]) => (
        <div key={label} className="number">
          {label}
          {path === undefined ? (
            <strong>{countText(count)}</strong>
          ) : (
            <strong>
              <To path={path} isLarge>
                {countText(count)}
              </To>
            </strong>
          )}
          {label === 'Ready' && count > 0 ? (
            <span className="quiet">oldest {durationText(queue.oldestReadyAgeSeconds * 1_000)}</span>
          ) : undefined}
        </div>
      ))}
    </div>
  );
}

/** Entered = found, with a tick or the difference; an exact count is made only when asked for. */
function BalanceLine({ queue }: { readonly queue: GetQueueAnswer }) {
  const { session } = useConsole();
  const exact = useMutation<GetQueueAnswer>({
    mutationFn: () => session.run<GetQueueAnswer>(showQueue(queue.name, 'true').call),
  });
  const { counts, countsAsOf, countsExact } = exact.data ?? queue;
  const { entered, places, difference } = balanceOf(counts);
  const { sent, rewound } = counts;
  return (
    <Container header={<Header variant="h2">Balance</Header>}>
      <p>
        {rewound === 0 ? `${countText(sent)} sent` : `${countText(sent)} sent + ${countText(rewound)} rewound`} ={' '}
        {places.map(([name, count]) => `${countText(count)} ${name}`).join(' + ')}{' '}
        <StatusIndicator type={difference === 0 ? 'success' : 'error'}>
          {difference === 0 ? 'adds up' : `differs by ${countText(difference)} of ${countText(entered)}`}
        </StatusIndicator>
      </p>
      <Box color="text-body-secondary">
        {countsExact ? 'Exact at ' : 'As the feed of changes last told, at '}
        <Moment at={countsAsOf} isFull />.{' '}
        <Button variant="inline-link" loading={exact.isPending} onClick={() => exact.mutate()}>
          Count exactly
        </Button>{' '}
        It puts a barrier into each shard: four write units for each on AWS, nothing here.
      </Box>
      {exact.error === null ? undefined : <Failure error={exact.error} />}
    </Container>
  );
}

function SettingsInShort({ queue }: { readonly queue: GetQueueAnswer }) {
  const { deadLetter, shards, tags } = queue;
  const tagTexts = Object.entries(tags).map(([name, value]) => `${name}=${value}`);
  return (
    <Container header={<Header variant="h2">Settings</Header>}>
      <KeyValuePairs
        columns={2}
        items={[
          { label: 'Visibility timeout', value: secondsText(queue.visibilitySeconds) },
          { label: 'Rewindable for', value: secondsText(queue.rewindSeconds) },
          {
            label: 'Dead letters',
            value:
              deadLetter === undefined ? (
                'none'
              ) : (
                <>
                  <To path={`/queues/${deadLetter.queue}`}>{deadLetter.queue}</To>, after {deadLetter.maxReceives}{' '}
                  receives
                </>
              ),
          },
          { label: 'Delay', value: secondsText(queue.delaySeconds) },
          { label: 'Wait of receives', value: secondsText(queue.waitSeconds) },
          { label: 'Shards', value: shards === undefined ? 'by load' : `${shards.min} to ${shards.max}` },
          { label: 'Created', value: <Moment at={queue.createdAt} /> },
          { label: 'Tags', value: tagTexts.length === 0 ? 'none' : tagTexts.join(', ') },
        ]}
      />
      <SameElsewhere action={showQueue(queue.name)} />
    </Container>
  );
}
