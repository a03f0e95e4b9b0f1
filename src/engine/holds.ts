import type { Change } from '../model/change.ts';
import { consumedBy } from '../model/change.ts';
import { slicedParts } from '../model/delivery.ts';
import { QueueError } from '../model/errors.ts';
import { CATALOG_TRIES_MAX } from '../model/limits.ts';
import { type Hold, holdName } from '../model/rewind.ts';
import { indexesOf, withIndexes } from '../model/runs.ts';
import type { QueueService } from './service.ts';

/** Changes a hold, again with what it then is when somebody else was first; nothing when there is none. */
export async function changeHold(
  service: QueueService,
  name: string,
  change: (hold: Hold) => Hold,
): Promise<Hold | undefined> {
  for (let tries = 0; tries < CATALOG_TRIES_MAX; tries++) {
    const stored = await service.catalog.get('hold', name);
    if (stored === undefined) return undefined;
    const hold = change(stored.value);
    if ((await service.catalog.tryPut('hold', name, hold, stored.version)) === 'done') return hold;
  }
  throw new QueueError('Unavailable', `hold ${name} is being changed by others; the step must be repeated`);
}

/** Notes on their holds which rewound messages a batch consumed. Repeating changes nothing. */
export async function finishHeld(service: QueueService, changes: readonly Change[]): Promise<void> {
  const done = new Map<string, number[]>();
  for (const change of changes) {
    const delivery = change.after ?? change.before;
    if (delivery === undefined || delivery.parts.every((part) => part.kind !== 'archive')) continue;
    for (const part of slicedParts(delivery, consumedBy(change))) {
      if (part.kind !== 'archive') continue;
      const name = holdName(part.slice, part.rewoundBy);
      done.set(name, [...(done.get(name) ?? []), ...indexesOf([[part.first, part.count]])]);
    }
  }
  await Promise.all(
    [...done].map(([name, indexes]) =>
      changeHold(service, name, (hold) => ({ ...hold, done: withIndexes(hold.done, indexes) })),
    ),
  );
}
