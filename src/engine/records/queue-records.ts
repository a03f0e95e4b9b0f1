import { invalidField, QueueError } from '../../model/errors.ts';
import type { Queue } from '../../model/queue.ts';
import type { WriteOutcome } from '../../ports/catalog.ts';
import { queueNotFound } from '../memory/index.ts';
import type { Using } from '../service.ts';
import { tryChangeRecord } from './change-record.ts';

/** The queue of that name as it is stored now. @throws QueueError `QueueNotFound` */
export async function getQueue(service: Using<'routes'>, name: string): Promise<Queue> {
  return (await service.routes.refresh(name)).queue;
}

/** The queue that messages are to be moved into. @throws QueueError `InvalidField` where there is none */
export async function getTarget(service: Using<'routes'>, into: string): Promise<Queue> {
  try {
    return await getQueue(service, into);
  } catch (error) {
    if (!(error instanceof QueueError && error.code === 'QueueNotFound')) throw error;
    throw invalidField('into', `queue "${into}" does not exist; create it first`);
  }
}

/**
 * Changes the record of a queue: see {@link tryChangeRecord}.
 * @throws QueueError `QueueNotFound`, `Throttled`, `Unavailable`, `Conflict` when others are always first
 */
export async function changeQueue(
  service: Using<'catalog' | 'routes'>,
  name: string,
  change: (queue: Queue) => Queue | Promise<Queue>,
): Promise<Queue> {
  try {
    const { outcome, value } = await tryChangeRecord(service, 'queue', name, (queue) => {
      if (queue === undefined || queue.deletedAtMs !== undefined) throw queueNotFound(name);
      return change(queue);
    });
    if (outcome === 'done') return value;
    throw notChanged(name, outcome);
  } finally {
    service.routes.forget(name);
  }
}

/** Why a queue could not be changed. */
export const notChanged = (name: string, outcome: WriteOutcome): QueueError =>
  outcome === 'unclear'
    ? new QueueError('Unavailable', `the store did not answer; queue "${name}" may have been changed; try again`)
    : new QueueError('Conflict', `queue "${name}" is being changed by others at this moment; try again`);
