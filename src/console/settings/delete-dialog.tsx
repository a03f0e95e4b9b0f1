import Checkbox from '@cloudscape-design/components/checkbox';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { DeleteQueueAnswer, GetQueueAnswer } from '../../client/api.d.ts';
import { ActionDialog, NameCheck } from '../parts/index.ts';
import { countText, deleteQueue, type ListedQueue, sourcesOf } from '../rules/index.ts';
import { Countdown, keepUntil } from './until.tsx';

interface DeleteDialogProps {
  readonly queue: GetQueueAnswer;
  readonly queues: readonly ListedQueue[];
  readonly close: () => void;
}

/** Says what goes with the queue and what depends on it, and asks for its name. */
export function DeleteDialog({ queue: { name, counts }, queues, close }: DeleteDialogProps) {
  const [, navigate] = useLocation();
  const [typed, setTyped] = useState('');
  const [isForced, setForced] = useState(false);
  const sources = sourcesOf(name, queues);
  const [ready, delayed, held] = [counts.ready, counts.delayed, counts.inFlight].map(countText);
  const isReady = typed === name && (sources.length === 0 || isForced);
  return (
    <ActionDialog<DeleteQueueAnswer>
      title={`Delete ${name}`}
      verb={`Delete ${name}`}
      action={isReady ? deleteQueue(name, isForced) : undefined}
      why={typed === name ? 'Say that the dead letters may stay where they are.' : 'Type the name of the queue first.'}
      done={({ undoUntil }) => (
        <>
          {name} was deleted. <Countdown until={undoUntil} /> The list of queues restores it.
        </>
      )}
      onDone={({ undoUntil }) => {
        keepUntil('deletion', name, undoUntil);
        navigate('/queues');
      }}
      onClose={close}
    >
      <p>
        With it go {ready} ready, {delayed} delayed and {held} in flight, and {countText(counts.deleted)} deleted ones
        that could be rewound. It can be restored for an hour.
      </p>
      {sources.length === 0 ? undefined : (
        <Checkbox checked={isForced} onChange={({ detail }) => setForced(detail.checked)}>
          {sources.join(', ')} {sources.length === 1 ? 'sends' : 'send'} dead letters here. Delete it anyway; they then
          stay in their queue.
        </Checkbox>
      )}
      <NameCheck name={name} typed={typed} onType={setTyped} />
    </ActionDialog>
  );
}
