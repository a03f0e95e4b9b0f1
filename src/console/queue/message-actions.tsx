import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import type { SeenMessage } from '../../client/api.d.ts';
import { ActButton, ActionDialog, Moment } from '../parts/index.ts';
import {
  copyOf,
  deleteMessage,
  firstLine,
  holdMessage,
  parseSecondsField,
  releaseMessage,
  secondsText,
} from '../rules/index.ts';
import { RedriveDialog } from './redrive-dialog.tsx';

const SendDialog = lazy(async () => ({ default: (await import('./send-dialog.tsx')).SendDialog }));

interface MessageActionsProps {
  readonly queue: string;
  readonly message: SeenMessage;
  /** The message has left the list. */
  readonly onGone: () => void;
}

type Asked = 'copy' | 'release' | 'hold' | 'delete' | 'redrive';

/** What a person can do with one message; each asks first. */
export function MessageActions({ queue, message, onGone }: MessageActionsProps) {
  const [asked, setAsked] = useState<Asked>();
  const { state, deadLetteredFrom } = message;
  const isWaiting = state === 'ready' || state === 'delayed' || state === 'inFlight';
  const actions: readonly (readonly [Asked, string, boolean])[] = [
    ['release', 'End the lease …', state === 'inFlight'],
    ['hold', 'Extend the lease …', state === 'inFlight'],
    ['redrive', 'Redrive …', state === 'ready' && deadLetteredFrom !== undefined],
    ['delete', 'Delete …', isWaiting],
    ['copy', 'Send a copy', true],
  ];
  const close = () => setAsked(undefined);
  const dialog = { queue, message, close, onGone };
  return (
    <>
      {actions.map(([action, text, isOffered]) =>
        isOffered ? (
          <ActButton key={action} onClick={() => setAsked(action)}>
            {text}
          </ActButton>
        ) : undefined,
      )}
      {asked === 'release' ? <Release {...dialog} /> : undefined}
      {asked === 'hold' ? <Hold {...dialog} /> : undefined}
      {asked === 'delete' ? <Delete {...dialog} /> : undefined}
      {asked === 'redrive' ? (
        <RedriveDialog queue={queue} messages={[message]} onClose={close} onDone={onGone} />
      ) : undefined}
      {asked === 'copy' ? (
        <Suspense>
          <SendDialog queue={queue} draft={copyOf(message)} onClose={close} />
        </Suspense>
      ) : undefined}
    </>
  );
}

interface DialogProps extends MessageActionsProps {
  readonly close: () => void;
}

/** Who holds the message, and until when. */
function Held({ message, children }: Pick<DialogProps, 'message'> & { readonly children: ReactNode }) {
  const { heldBy, visibleAt } = message;
  const holder = heldBy === undefined ? 'A consumer' : firstLine(heldBy);
  return (
    <p>
      {holder} holds it until <Moment at={visibleAt} />. {children}
    </p>
  );
}

function Release({ queue, message, close }: DialogProps) {
  return (
    <ActionDialog
      title="End the lease"
      verb="End the lease"
      action={releaseMessage(queue, message.id)}
      done={() => `${message.id} can be received now.`}
      onClose={close}
      size="medium"
    >
      <Held message={message}>
        It may still work on the message, and another consumer gets it at once: then it is handled twice.
      </Held>
    </ActionDialog>
  );
}

const FOR = '5m';

function Hold({ queue, message, close }: DialogProps) {
  const [text, setText] = useState(FOR);
  const seconds = parseSecondsField(text);
  return (
    <ActionDialog
      title="Extend the lease"
      verb="Extend the lease"
      action={seconds === undefined ? undefined : holdMessage(queue, message.id, seconds)}
      why="Say for how long."
      done={() => `${message.id} is held for ${secondsText(seconds ?? 0)} from now on.`}
      onClose={close}
      size="medium"
    >
      <Held message={message}>No other consumer gets the message before the new end, even if its holder has died.</Held>
      <FormField
        label="From now on for"
        constraintText="Like 90s, 5m or 2h; at most 12h."
        errorText={seconds === undefined ? 'This is no span of whole seconds.' : undefined}
      >
        <Input value={text} onChange={({ detail }) => setText(detail.value)} spellcheck={false} />
      </FormField>
    </ActionDialog>
  );
}

function Delete({ queue, message, close, onGone }: DialogProps) {
  return (
    <ActionDialog
      title="Delete the message"
      verb="Delete the message"
      action={deleteMessage(queue, message.id)}
      done={() => `${message.id} is deleted; a rewind can bring it back while it is kept.`}
      onDone={onGone}
      onClose={close}
      size="medium"
    >
      {message.state === 'inFlight' ? (
        <Held message={message}>It may still work on the message; its own delete then has no effect.</Held>
      ) : undefined}
      <p className="mono">{firstLine(message.body, 200)}</p>
      <p>{message.state === 'delayed' ? 'No consumer will receive it.' : 'No consumer receives it from now on.'}</p>
    </ActionDialog>
  );
}
