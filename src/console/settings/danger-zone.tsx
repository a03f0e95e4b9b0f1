import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { GetQueueAnswer } from '../../client/api.d.ts';
import { useAct } from '../frame/index.ts';
import { ActButton, Failure } from '../parts/index.ts';
import { countText, type ListedQueue, undoPurge } from '../rules/index.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { PurgeDialog } from './purge-dialog.tsx';
import { Countdown, keepUntil, keptUntil } from './until.tsx';

interface DangerZoneProps {
  readonly queue: GetQueueAnswer;
  readonly queues: readonly ListedQueue[];
}

/** Purge and deletion: both ask for the name, and both can be undone for an hour. */
export function DangerZone({ queue, queues }: DangerZoneProps) {
  const [asked, setAsked] = useState<'purge' | 'delete'>();
  const close = () => setAsked(undefined);
  return (
    <Container header={<Header variant="h2">Purge and delete</Header>}>
      <SpaceBetween size="m">
        <p>A purge takes all messages that wait or are held. Deleted messages stay rewindable.</p>
        <ActButton onClick={() => setAsked('purge')}>Purge …</ActButton>
        <UndoPurge queue={queue} />
        <p>Deleting the queue takes its messages, settings and tags with it.</p>
        <ActButton onClick={() => setAsked('delete')}>Delete queue …</ActButton>
      </SpaceBetween>
      {asked === 'purge' ? <PurgeDialog queue={queue} close={close} /> : undefined}
      {asked === 'delete' ? <DeleteDialog queue={queue} queues={queues} close={close} /> : undefined}
    </Container>
  );
}

/** The way back from a purge, as long as there is one. */
function UndoPurge({ queue: { name, counts } }: { readonly queue: GetQueueAnswer }) {
  const act = useAct<object>(() => `The purge of ${name} was undone.`);
  const until = keptUntil('purge', name);
  if (counts.purged === 0) return undefined;
  return (
    <>
      <ActButton
        loading={act.isPending}
        onClick={() => act.mutate(undoPurge(name), { onSuccess: () => keepUntil('purge', name, undefined) })}
      >
        Undo the last purge
      </ActButton>
      <p>
        {countText(counts.purged)} were purged.{' '}
        {until === undefined ? 'A purge can be undone for an hour.' : <Countdown until={until} />}
      </p>
      {act.error === null ? undefined : <Failure error={act.error} />}
    </>
  );
}
