import type { Rewind, SeenMessage } from '../../client/api.d.ts';
import { ActionDialog, To } from '../parts/index.ts';
import { firstLine, messagesText, startRedrive } from '../rules/index.ts';

/** Bodies that the question shows. */
const SHOWN = 5;

interface RedriveDialogProps {
  readonly queue: string;
  readonly messages: readonly SeenMessage[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Moves chosen dead letters back to the queues that they came from. */
export function RedriveDialog({ queue, messages, onClose, onDone }: RedriveDialogProps) {
  const sources = new Set(messages.flatMap(({ deadLetteredFrom }) => deadLetteredFrom?.queue ?? []));
  const what = messagesText(messages.length);
  return (
    <ActionDialog<Rewind>
      title={`Redrive ${what}`}
      verb={`Redrive ${what}`}
      action={startRedrive(queue, { ids: messages.map(({ id }) => id) })}
      done={({ id }) => (
        <>
          Redrive <To path={`/queues/${queue}/rewind`}>{id}</To> has begun.
        </>
      )}
      onDone={onDone}
      onClose={onClose}
      size="medium"
    >
      <p>
        Back to {[...sources].join(', ')}. Consumers there receive them again. Ids and times of sending stay, and
        receive counts go on.
      </p>
      <ul className="examples">
        {messages.slice(0, SHOWN).map(({ id, body }) => (
          <li key={id} className="mono">
            {firstLine(body, 100)}
          </li>
        ))}
      </ul>
    </ActionDialog>
  );
}
