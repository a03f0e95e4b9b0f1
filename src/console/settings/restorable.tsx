import { useState } from 'react';
import type { Queue } from '../../client/api.d.ts';
import { settingNames } from '../browser/index.ts';
import { ActButton, ActionDialog, To } from '../parts/index.ts';
import { type ListedQueue, restoreQueue } from '../rules/index.ts';
import { Countdown, keepUntil, keptUntil } from './until.tsx';

const PREFIX = 'deletion.';

/** Queues that this browser deleted and that can still be restored. */
export function Restorable({ queues }: { readonly queues: readonly ListedQueue[] }) {
  const [asked, setAsked] = useState<string>();
  const deleted = settingNames(PREFIX).flatMap((name) => {
    const until = keptUntil('deletion', name);
    return until === undefined || queues.some((queue) => queue.name === name) ? [] : [{ name, until }];
  });
  if (deleted.length === 0) return undefined;
  return (
    <section aria-label="Deleted queues">
      {deleted.map(({ name, until }) => (
        <p key={name}>
          {name} was deleted. <Countdown until={until} />{' '}
          <ActButton onClick={() => setAsked(name)}>Restore {name}</ActButton>
        </p>
      ))}
      {asked === undefined ? undefined : (
        <ActionDialog<Queue>
          title={`Restore ${asked}`}
          verb={`Restore ${asked}`}
          action={restoreQueue(asked)}
          done={({ name }) => (
            <>
              Restored: <To path={`/queues/${name}`}>{name}</To>
            </>
          )}
          onDone={() => keepUntil('deletion', asked, undefined)}
          onClose={() => setAsked(undefined)}
          size="medium"
        >
          <p>Messages, leases, settings, tags and counts come back. A rewind that ran comes back cancelled.</p>
        </ActionDialog>
      )}
    </section>
  );
}
