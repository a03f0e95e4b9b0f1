import { QueueError } from '../../model/errors.ts';
import type { HeldLease } from './claim-leases.ts';

/** Refuses an empty answer if the claim won nothing because of the store. */
export function refuseIfTroubled(held: readonly HeldLease[]): void {
  const isMet = (trouble: HeldLease['trouble']) => held.some((lease) => lease.trouble === trouble);
  if (isMet('unclear'))
    throw new QueueError('Unavailable', 'the store did not answer; what was met comes back when its lease ends');
  if (isMet('throttled')) throw new QueueError('Throttled', 'the store is at its limit; try again');
}
