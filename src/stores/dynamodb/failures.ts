import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { QueueError } from '../../model/errors.ts';

/**
 * `refused`: the condition did not hold. `throttled`: rejected for load, certainly not done. `wrong`: an invalid
 * request, which means a defect or a wrong setting. `unanswered`: may have been done, or may still be.
 */
export type Failure = 'refused' | 'throttled' | 'wrong' | 'unanswered';

const THROTTLES = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TransactionConflictException',
]);

export function failureOf(error: unknown): Failure {
  if (!(error instanceof DynamoDBServiceException)) return 'unanswered';
  if (error.name === 'ConditionalCheckFailedException') return 'refused';
  if (THROTTLES.has(error.name)) return 'throttled';
  return error.$fault === 'client' ? 'wrong' : 'unanswered';
}

/** Why DynamoDB throttled; the error's name when it gives no reason. */
export function throttleReasons(error: unknown): string[] {
  const { name, ThrottlingReasons, throttlingReasons } = error as ThrottlingError;
  const reasons = (ThrottlingReasons ?? throttlingReasons ?? []).flatMap(({ reason }) => reason ?? []);
  return reasons.length > 0 ? reasons : [name];
}

/** One kind of error spells the list in lower case. */
interface ThrottlingError {
  readonly name: string;
  readonly ThrottlingReasons?: readonly { readonly reason?: string }[];
  readonly throttlingReasons?: readonly { readonly reason?: string }[];
}

/** What the caller hears when retries did not help; `cause` is the last error, if any. */
export const refusal = (failure: 'throttled' | 'unanswered', cause?: unknown): QueueError =>
  failure === 'throttled'
    ? new QueueError('Throttled', 'the storage is at its limit; try again later', { cause })
    : new QueueError('Unavailable', 'the storage did not answer; try again later', { cause });
