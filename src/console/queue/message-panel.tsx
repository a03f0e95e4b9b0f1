import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { SeenMessage } from '../../client/api.d.ts';
import { RewindMqError } from '../../client/errors.ts';
import { useConsole } from '../frame/index.ts';
import { CopyButton, Failure, SameElsewhere, StateMark } from '../parts/index.ts';
import { findMessage, firstLine } from '../rules/index.ts';
import { MessageActions } from './message-actions.tsx';
import { MessageParts } from './message-parts.tsx';
import type { MessageView } from './message-view.ts';

interface MessagePanelProps {
  readonly queue: string;
  readonly id: string;
  /** The id of the message before or after this one in the list. */
  readonly step: (by: -1 | 1) => string | undefined;
  readonly view: MessageView;
}

/** One message, looked up by its id in whatever state it is. */
export function MessagePanel({ queue, id, step, view }: MessagePanelProps) {
  const { session } = useConsole();
  const action = findMessage(queue, id);
  const found = useQuery({
    queryKey: ['message', queue, id],
    queryFn: ({ signal }) => session.run<SeenMessage>(action.call, signal),
    refetchOnWindowFocus: false,
  });
  const close = () => view.set({ id: undefined });
  useEscape(close);
  return (
    <section className="panel" aria-label="Message">
      <Container header={<PanelHeader id={id} step={step} view={view} close={close} />}>
        {found.data === undefined ? (
          <NotThere error={found.error} retry={() => void found.refetch()} />
        ) : (
          <SpaceBetween size="m">
            <Head queue={queue} message={found.data} close={close} />
            <MessageParts message={found.data} />
            <SameElsewhere action={action} />
          </SpaceBetween>
        )}
      </Container>
    </section>
  );
}

function PanelHeader({ id, step, view, close }: Omit<MessagePanelProps, 'queue'> & { readonly close: () => void }) {
  const [before, after] = [step(-1), step(1)];
  return (
    <Header
      variant="h2"
      actions={
        <SpaceBetween direction="horizontal" size="xxs">
          <span data-key="[">
            <Button
              iconName="angle-up"
              variant="icon"
              ariaLabel="Previous message"
              disabled={before === undefined}
              onClick={() => view.set({ id: before })}
            />
          </span>
          <span data-key="]">
            <Button
              iconName="angle-down"
              variant="icon"
              ariaLabel="Next message"
              disabled={after === undefined}
              onClick={() => view.set({ id: after })}
            />
          </span>
          <Button iconName="close" variant="icon" ariaLabel="Close the message" onClick={close} />
        </SpaceBetween>
      }
    >
      <span className="mono">{id}</span>
      <span data-key="c">
        <CopyButton text={id} what="the id" />
      </span>
    </Header>
  );
}

function Head({ queue, message, close }: { queue: string; message: SeenMessage; close: () => void }) {
  return (
    <div className="row">
      <StateMark state={message.state} />
      {message.heldBy === undefined ? undefined : <span>held by {firstLine(message.heldBy)}</span>}
      <MessageActions queue={queue} message={message} onGone={close} />
    </div>
  );
}

function NotThere({ error, retry }: { readonly error: Error | null; readonly retry: () => void }) {
  if (error === null) return <p role="status">Looking for the message …</p>;
  if (!(error instanceof RewindMqError) || error.code !== 'notFound') return <Failure error={error} retry={retry} />;
  return (
    <Box>
      No message of this queue with this id was found: {error.message}. It may have been purged, or moved to the
      dead-letter queue: look there by the same id.
    </Box>
  );
}

/** `Esc` closes the panel, unless a dialog above it takes the key. */
function useEscape(close: () => void): void {
  useEffect(() => {
    const onKey = ({ key, defaultPrevented }: KeyboardEvent) => {
      const isCovered = document.querySelector('[role="dialog"][aria-modal="true"]') !== null;
      if (key === 'Escape' && !defaultPrevented && !isCovered) close();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });
}
