import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  InternalServerError,
  ProvisionedThroughputExceededException,
} from '@aws-sdk/client-dynamodb';

const $metadata = {};

/** Throttled; without a reason, like older engines. */
export const throttle = (reason?: string): Error =>
  new ProvisionedThroughputExceededException({
    message: 'too fast',
    $metadata,
    ...(reason === undefined ? {} : { ThrottlingReasons: [{ reason, resource: 'arn' }] }),
  });

/** The condition did not hold for this item; without an item, like some engines. */
export const conditionFailed = (Item?: Record<string, AttributeValue>): Error =>
  new ConditionalCheckFailedException({ message: 'no', $metadata, ...(Item === undefined ? {} : { Item }) });

export const serverError = (): Error => new InternalServerError({ message: 'oops', $metadata });

export const invalidRequest = (): Error =>
  new DynamoDBServiceException({ name: 'ValidationException', $fault: 'client', message: 'what?', $metadata });

/** The client's error when a try takes too long. */
export const timeout = (): Error => Object.assign(new Error('took too long'), { name: 'TimeoutError' });

/** The client's error when the connection breaks. */
export const connectionReset = (): Error => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

/** Failures after which the command's outcome is unknown. */
export const UNANSWERED: [name: string, failure: () => Error][] = [
  ['a timeout', timeout],
  ['an error of the server', serverError],
  ['a broken connection', connectionReset],
];
