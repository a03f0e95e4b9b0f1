import type { Change } from '../model/change.ts';
import { consumedBy } from '../model/change.ts';
import { type Delivery, slicedParts } from '../model/delivery.ts';
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
  const consumed = changes.flatMap((change) => {
    const delivery = change.after ?? change.before;
    return delivery === undefined ? [] : [{ delivery, indexes: consumedBy(change) }];
  });
  await noteOnHolds(service, 'done', consumed);
}

/** Notes on their holds that a purge takes rewound messages: no rewind brings them again. Repeating changes nothing. */
export async function notePurged(service: QueueService, delivery: Delivery, indexes: readonly number[]): Promise<void> {
  await noteOnHolds(service, 'purged', [{ delivery, indexes }]);
}

async function noteOnHolds(
  service: QueueService,
  what: 'done' | 'purged',
  selections: readonly { readonly delivery: Delivery; readonly indexes: readonly number[] }[],
): Promise<void> {
  const byHold = new Map<string, number[]>();
  for (const { delivery, indexes } of selections) {
    if (delivery.parts.every((part) => part.kind !== 'archive')) continue;
    for (const part of slicedParts(delivery, indexes)) {
      if (part.kind !== 'archive') continue;
      const name = holdName(part.slice, part.rewoundBy);
      byHold.set(name, [...(byHold.get(name) ?? []), ...indexesOf([[part.first, part.count]])]);
    }
  }
  await Promise.all(
    [...byHold].map(([name, indexes]) =>
      changeHold(service, name, (hold) => ({ ...hold, [what]: withIndexes(hold[what], indexes) })),
    ),
  );
}
