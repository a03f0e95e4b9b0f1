import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import type { GetQueueAnswer, GetSubscriptionAnswer } from '../../client/api.d.ts';
import { nowMs } from '../browser/index.ts';
import { usePush } from '../frame/index.ts';
import { ActButton, ActionDialog, Failure, Moment, SameElsewhere, TableHead, To } from '../parts/index.ts';
import {
  type Action,
  countText,
  firstLine,
  NEW_PUSH,
  pausePush,
  pushFormOf,
  pushText,
  removePush,
  resumePush,
  secondsText,
  showPush,
  targetOf,
} from '../rules/index.ts';
import { PushDialog } from './push-dialog.tsx';

const ABOUT =
  'A subscription calls a function, an endpoint or a queue with batches of messages. Without one, consumers receive.';

/** What the queue calls with its messages, and how the calls go. */
export function PushTab({ queue }: { readonly queue: GetQueueAnswer }) {
  const [isSetting, setSetting] = useState(false);
  if (queue.subscription !== undefined) return <Subscribed queue={queue} />;
  return (
    <Container
      header={
        <Header variant="h2" description={ABOUT}>
          This queue pushes nothing
        </Header>
      }
    >
      <ActButton variant="primary" onClick={() => setSetting(true)}>
        Push to a target …
      </ActButton>
      {isSetting ? <PushDialog queue={queue.name} form={NEW_PUSH} onClose={() => setSetting(false)} /> : undefined}
    </Container>
  );
}

const STATUS = { active: 'success', paused: 'stopped', failing: 'error' } as const;

function Subscribed({ queue: { name } }: { readonly queue: GetQueueAnswer }) {
  const answer = usePush(name);
  const push = answer.data;
  return (
    <Container
      header={
        <Header variant="h2" actions={push && <Actions queue={name} push={push} />}>
          {'Push'}
        </Header>
      }
    >
      <SpaceBetween size="m">
        {answer.error === null ? undefined : <Failure error={answer.error} retry={() => void answer.refetch()} />}
        {push === undefined ? (
          <p role="status">Reading …</p>
        ) : (
          <>
            <p>
              <StatusIndicator type={STATUS[push.state]}>{push.state}</StatusIndicator> {pushText(push, nowMs())}
            </p>
            <Facts push={push} />
            <LastFailures queue={name} push={push} />
            <p>
              <To path={`/queues/${name}`}>Charts</To> show what is received again. Messages that failed too often are
              dead letters.
            </p>
          </>
        )}
        <SameElsewhere action={showPush(name)} />
      </SpaceBetween>
    </Container>
  );
}

function Facts({ push }: { readonly push: GetSubscriptionAnswer }) {
  const { failing, pausedAt, visibilitySeconds, perSecond } = push;
  const filter = Object.entries(push.filter?.attributes ?? {}).map(([name, value]) => `${name}=${value}`);
  return (
    <KeyValuePairs
      columns={3}
      items={[
        { label: 'Target', value: <span className="mono">{targetOf(push.to)}</span> },
        ...(pausedAt === undefined ? [] : [{ label: 'Paused since', value: <Moment at={pausedAt} /> }]),
        ...(failing === undefined
          ? []
          : [
              { label: 'Failing since', value: <Moment at={failing.since} /> },
              { label: 'How the last call ended', value: failing.reason },
              { label: 'Next try', value: <Moment at={failing.retryAt} /> },
            ]),
        { label: 'Messages of a call', value: `up to ${countText(push.batchSize)}` },
        { label: 'Waits for a batch', value: secondsText(push.batchWindowSeconds) },
        { label: 'Calls at once', value: `up to ${countText(push.maxConcurrency)}` },
        { label: 'A call ends after', value: secondsText(push.targetSeconds) },
        { label: 'A message that failed comes again after', value: secondsOf(visibilitySeconds) },
        { label: 'At most', value: perSecond === undefined ? 'no limit' : `${countText(perSecond)} a second` },
        { label: 'Only with', value: filter.length === 0 ? 'all messages' : filter.join(', ') },
        { label: 'Deleted by the filter', value: countText(push.filtered) },
        { label: 'Form', value: push.format === 'sqs' ? 'the event of an SQS trigger' : 'plain messages' },
        { label: 'The answer lists failures', value: push.reportBatchItemFailures ? 'yes' : 'no' },
      ]}
    />
  );
}

/** Calls after which messages came again; a deployment does not remember them. */
function LastFailures({ queue, push: { lastFailures = [] } }: { readonly queue: string } & Pick<ActionsProps, 'push'>) {
  if (lastFailures.length === 0) return undefined;
  return (
    <section aria-label="Last failures">
      <h3>Last failures</h3>
      <div className="scrolled" tabIndex={0}>
        <table className="differences">
          <TableHead names={['When', 'How the call ended', 'Messages that come again', 'Answer']} />
          <tbody>
            {lastFailures.map(({ at, reason, messages, ids, text = '' }) => (
              <tr key={`${at} ${ids.join()}`}>
                <td>
                  <Moment at={at} />
                </td>
                <td>{reason}</td>
                <td>
                  {countText(messages)}:{' '}
                  {ids.slice(0, IDS_SHOWN).map((id) => (
                    <span key={id}>
                      <To path={`/queues/${queue}/messages?id=${id}`}>{id.slice(0, 8)}…</To>{' '}
                    </span>
                  ))}
                </td>
                <td className="mono">{firstLine(text, 200)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Links to messages of one failure. */
const IDS_SHOWN = 3;

const secondsOf = (seconds: number | undefined): string =>
  seconds === undefined ? "the queue's visibility timeout" : secondsText(seconds);

interface ActionsProps {
  readonly queue: string;
  readonly push: GetSubscriptionAnswer;
}

function Actions({ queue, push }: ActionsProps) {
  const [asked, setAsked] = useState<'turn' | 'edit' | 'remove'>();
  const close = () => setAsked(undefined);
  const isPaused = push.state === 'paused';
  const isStill = isPaused || push.state === 'failing';
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <ActButton onClick={() => setAsked('turn')}>{isStill ? 'Resume …' : 'Pause …'}</ActButton>
      <ActButton onClick={() => setAsked('edit')}>Change …</ActButton>
      <ActButton onClick={() => setAsked('remove')}>End …</ActButton>
      {asked === 'turn' && isStill ? (
        <Ask verb="Resume" action={resumePush(queue)} done={`${queue} pushes again.`} close={close}>
          Calls begin again at once. A target that was at fault is tried now.
        </Ask>
      ) : undefined}
      {asked === 'turn' && !isStill ? (
        <Ask verb="Pause" action={pausePush(queue)} done={`${queue} begins no call until it is resumed.`} close={close}>
          Nothing new begins. Calls that run may end, and their messages are deleted. Messages wait in the queue.
        </Ask>
      ) : undefined}
      {asked === 'remove' ? (
        <Ask verb="End" action={removePush(queue)} done={`${queue} pushes nothing any more.`} close={close}>
          The subscription ends and its settings are gone. Messages stay in the queue.
        </Ask>
      ) : undefined}
      {asked === 'edit' ? <PushDialog queue={queue} form={pushFormOf(push)} onClose={close} /> : undefined}
    </SpaceBetween>
  );
}

interface AskProps {
  readonly verb: string;
  readonly action: Action;
  readonly done: string;
  readonly close: () => void;
  readonly children: string;
}

function Ask({ verb, action, done, close, children }: AskProps) {
  return (
    <ActionDialog
      title={`${verb} the push`}
      verb={`${verb} the push`}
      action={action}
      done={() => done}
      onClose={close}
      size="medium"
    >
      <p>{children}</p>
    </ActionDialog>
  );
}
