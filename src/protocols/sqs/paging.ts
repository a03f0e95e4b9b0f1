import { QUEUE_NAME_PATTERN } from '../../model/queue.ts';
import { SqsError } from './errors.ts';

/** SQS's limit of a page of queues. */
const RESULTS_MAX = 1_000;

/** @throws SqsError `InvalidParameterValueException` */
export function pageLimit(wanted: number | undefined, max = RESULTS_MAX): number {
  const limit = wanted ?? max;
  if (limit >= 1 && limit <= max) return limit;
  const reason = `MaxResults must be an integer between 1 and ${max}.`;
  throw new SqsError('InvalidParameterValueException', `Value for parameter MaxResults is invalid. Reason: ${reason}`);
}

/** Where a list continues: the last name returned, in characters that need no escaping. */
export const encodeToken = (name: string): string => Buffer.from(name).toString('base64url');

/** @throws SqsError `InvalidParameterValueException` */
export function decodeToken(token: string): string {
  const name = Buffer.from(token, 'base64url').toString();
  if (encodeToken(name) === token && QUEUE_NAME_PATTERN.test(name)) return name;
  throw new SqsError('InvalidParameterValueException', 'Invalid or expired next token.');
}
