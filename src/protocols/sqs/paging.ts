import { QUEUE_NAME_PATTERN } from '../../model/queue.ts';
import { invalidValue, SqsError } from './errors.ts';

const RESULTS_MAX = 1_000;

/** @throws SqsError `InvalidParameterValueException` */
export function pageLimit(wanted: number | undefined): number {
  const limit = wanted ?? RESULTS_MAX;
  if (limit < 1 || limit > RESULTS_MAX) {
    throw invalidValue('MaxResults', limit, `Must be between 1 and ${RESULTS_MAX}, if provided.`);
  }
  return limit;
}

/** Where a list goes on: the last name told, in characters that need no escaping. */
export const encodeToken = (name: string): string => Buffer.from(name).toString('base64url');

/** @throws SqsError `InvalidParameterValueException` */
export function decodeToken(token: string): string {
  const name = Buffer.from(token, 'base64url').toString();
  if (encodeToken(name) === token && QUEUE_NAME_PATTERN.test(name)) return name;
  throw new SqsError('InvalidParameterValueException', 'Invalid or expired next token.');
}
