import { useState } from 'react';
import type { GetQueueAnswer, PurgeQueueAnswer } from '../../client/api.d.ts';
import { ActionDialog, NameCheck } from '../parts/index.ts';
import { countText, messagesText, purgeQueue } from '../rules/index.ts';
import { Countdown, keepUntil } from './until.tsx';

interface PurgeDialogProps {
  readonly queue: GetQueueAnswer;
  readonly close: () => void;
}

/** Says what a purge takes, and asks for the name of the queue. */
export function PurgeDialog({ queue: { name, counts }, close }: PurgeDialogProps) {
  const [typed, setTyped] = useState('');
  const { ready, delayed, inFlight } = counts;
  return (
    <ActionDialog<PurgeQueueAnswer>
      title={`Purge ${name}`}
      verb={`Purge ${messagesText(ready + delayed + inFlight)}`}
      action={typed === name ? purgeQueue(name) : undefined}
      why="Type the name of the queue first."
      done={({ undoUntil }) => (
        <>
          {name} was purged. <Countdown until={undoUntil} /> The tab Settings undoes it.
        </>
      )}
      onDone={({ undoUntil }) => keepUntil('purge', name, undoUntil)}
      onClose={close}
    >
      <p>
        {countText(ready)} ready, {countText(delayed)} delayed and {countText(inFlight)} in flight are taken, as counted
        last; so is what arrives before the purge begins. Deleted messages and later sends are spared.
      </p>
      <NameCheck name={name} typed={typed} onType={setTyped} />
    </ActionDialog>
  );
}
