import type { EpochMs } from '../../model/brand.ts';
import { locate, type Part } from '../../model/delivery.ts';
import { blockId } from '../../model/ids.ts';
import { BLOCK_YOUNG_MS } from '../../model/limits.ts';
import type { HeldLease } from './claim-leases.ts';

/** A block may arrive after the delivery that names it. */
export const isYoung = (part: Part, readAtMs: EpochMs): boolean =>
  part.kind === 'block' && readAtMs - part.origin.sentAtMs <= BLOCK_YOUNG_MS;

/**
 * Messages of a lease that were consumed while an older delivery still named them: their block is gone, or block
 * progress names them. A block younger than a minute may only not have arrived yet.
 */
export function consumedElsewhere({ delivery, won, contents, progress, readAtMs }: HeldLease): number[] {
  return won.filter((index) => {
    const { part, offset } = locate(delivery, index);
    if (part.kind !== 'block') return false;
    if (contents[index] === 'gone') return !isYoung(part, readAtMs);
    return progress.get(blockId(part.origin))?.has(part.first + offset) === true;
  });
}
