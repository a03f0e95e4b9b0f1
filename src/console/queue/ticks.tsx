import Button from '@cloudscape-design/components/button';
import { useState } from 'react';
import type { SeenMessage } from '../../client/api.d.ts';
import { REDRIVE_IDS_MAX } from '../../model/limits.ts';
import { ActButton, type TableColumn } from '../parts/index.ts';
import { countText, messagesText } from '../rules/index.ts';
import { RedriveDialog } from './redrive-dialog.tsx';

/** Dead letters that a person has ticked, by their ids. */
export interface Ticks {
  readonly ids: ReadonlySet<string>;
  readonly tick: (message: SeenMessage) => void;
  readonly clear: () => void;
}

/** Ticks of a list; a list of another queue or state begins without. */
export function useTicks(list: string): Ticks {
  const [{ of, ids }, set] = useState<{ readonly of: string; readonly ids: ReadonlySet<string> }>({
    of: list,
    ids: new Set(),
  });
  const present = of === list ? ids : new Set<string>();
  return {
    ids: present,
    tick: ({ id, deadLetteredFrom }) => {
      if (deadLetteredFrom === undefined) return;
      const next = new Set(present);
      if (!next.delete(id)) next.add(id);
      set({ of: list, ids: next });
    },
    clear: () => set({ of: list, ids: new Set() }),
  };
}

export const tickColumn = ({ ids, tick }: Ticks): TableColumn<SeenMessage> => ({
  id: 'tick',
  title: '✓',
  px: 24,
  cell: (message) =>
    message.deadLetteredFrom === undefined ? undefined : (
      <input
        type="checkbox"
        aria-label={`Tick ${message.id}`}
        checked={ids.has(message.id)}
        onClick={(event) => event.stopPropagation()}
        onChange={() => tick(message)}
      />
    ),
});

interface TickedProps {
  readonly queue: string;
  readonly messages: readonly SeenMessage[];
  readonly ticks: Ticks;
}

/** What can be done with the ticked dead letters. */
export function Ticked({ queue, messages, ticks }: TickedProps) {
  const [isAsking, setAsking] = useState(false);
  const ticked = messages.filter(({ id }) => ticks.ids.has(id));
  if (ticked.length === 0) return undefined;
  return (
    <div className="row">
      <ActButton
        disabled={ticked.length > REDRIVE_IDS_MAX}
        disabledReason={`At most ${countText(REDRIVE_IDS_MAX)} at once; the tab Rewind and redrive moves more.`}
        onClick={() => setAsking(true)}
      >
        Redrive {messagesText(ticked.length)} …
      </ActButton>
      <Button variant="link" onClick={ticks.clear}>
        Untick all
      </Button>
      {isAsking ? (
        <RedriveDialog queue={queue} messages={ticked} onClose={() => setAsking(false)} onDone={ticks.clear} />
      ) : undefined}
    </div>
  );
}
