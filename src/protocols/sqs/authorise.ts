import { allows, type Right, reaches } from '../../model/access-key.ts';
import type { SqsCall } from './action.ts';
import { SqsError } from './errors.ts';
import { queueArn } from './queue-names.ts';

/** `any`: the call only reads, so every key of the queue may make it. */
export type Needed = Right | 'any';

/** @throws SqsError `AccessDeniedException` when the call's key lacks this right */
export function authorise({ key, host }: Pick<SqsCall, 'key' | 'host'>, needed: Needed, queue: string): void {
  if (key === undefined) return;
  if (needed === 'any' ? reaches(key, queue) : allows(key, needed, queue)) return;
  const resource = queueArn(host, queue);
  const message = `The key ${key.id} is not authorized to perform this action on resource: ${resource}`;
  throw new SqsError('AccessDeniedException', message);
}
