import type { EpochMs } from '../../model/brand.ts';
import type { DecodeError } from '../../model/bytes.ts';
import { isExpired } from '../../model/retention.ts';

/** What a rewind cannot bring. */
export interface Missed {
  /** Names the object, and says what is wrong with it. */
  readonly why: string;
  /** An upper bound: the rewind may not have asked for some of them. */
  readonly messageCount: number;
  /** Nothing is damaged. */
  readonly isExpired?: true;
}

/** What is missed of an object that cannot be read: a rewind with a pace may take longer than the object is kept. */
export function missedOf(
  object: string,
  error: DecodeError,
  { messageCount, nowMs }: { readonly messageCount: number; readonly nowMs: EpochMs },
): Missed {
  return isExpired(object, nowMs)
    ? { why: `${object} expired before the rewind came to it`, messageCount, isExpired: true }
    : { why: `${object}: ${error.message}`, messageCount };
}
