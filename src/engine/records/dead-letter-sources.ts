import { QueueError } from '../../model/errors.ts';
import type { Queue } from '../../model/queue.ts';
import type { Queues, Records } from '../service.ts';
import { everyQueue } from './every-record.ts';
import { getQueue } from './queue-records.ts';

/** More names than this are of no use in an error. */
const NAMES_SHOWN_MAX = 20;

/** Queues whose dead letters go to the queue of that name. @remarks Cost: the list of all queues. */
export async function sourcesOf(service: Records, name: string): Promise<Queue[]> {
  const sources: Queue[] = [];
  for await (const { value } of everyQueue(service)) if (value.settings.deadLetter?.queue === name) sources.push(value);
  return sources;
}

/**
 * @throws QueueError `QueueNotFound`; `QueueInUse` when a queue sends its dead letters to the one of that name
 * @remarks Cost: the list of all queues.
 */
export async function refuseWhileNamed(service: Queues, name: string): Promise<void> {
  await getQueue(service, name);
  const names = (await sourcesOf(service, name)).map((source) => `"${source.name}"`);
  if (names.length === 0) return;
  const more = names.length > NAMES_SHOWN_MAX ? ` and ${names.length - NAMES_SHOWN_MAX} more` : '';
  const shown = names.slice(0, NAMES_SHOWN_MAX).join(', ') + more;
  throw new QueueError('QueueInUse', `queue "${name}" is the dead-letter queue of ${shown}`);
}
