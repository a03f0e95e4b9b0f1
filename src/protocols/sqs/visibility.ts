import { VISIBILITY_MS_MAX } from '../../model/limits.ts';
import { invalidValue } from './errors.ts';

/** @throws SqsError `InvalidParameterValueException` outside of 0 to 12 hours */
export function visibilityMs(seconds: number): number {
  if (seconds >= 0 && seconds * 1_000 <= VISIBILITY_MS_MAX) return seconds * 1_000;
  throw invalidValue(
    'VisibilityTimeout',
    seconds,
    `VisibilityTimeout must be an integer between 0 and ${VISIBILITY_MS_MAX / 1_000}.`,
  );
}
