import { QUEUE_NAME_PATTERN } from '../../model/queue.ts';
import { NO_SUCH_QUEUE, SqsError } from './errors.ts';

/** Whose queues these are, as URLs and ARNs tell it. */
export interface Owner {
  /** 12 digits. */
  readonly account: string;
  readonly region: string;
}

const QUEUE_PATH = /\/\d{12}\/([^/?#]+)\/?$/;

/**
 * The queue a URL names. Its host and account may be any: whoever comes from SQS has URLs with the account of old in
 * settings and code, and a deployment serves one account only.
 *
 * @throws SqsError `InvalidAddress`, `QueueDoesNotExist` for a name that no queue can have
 */
export function queueNameIn(url: string): string {
  const name = QUEUE_PATH.exec(url)?.[1];
  if (name === undefined) {
    throw new SqsError('InvalidAddress', `The address ${url.slice(0, 200)} is not valid for this endpoint.`);
  }
  if (!QUEUE_NAME_PATTERN.test(name)) throw new SqsError('QueueDoesNotExist', NO_SUCH_QUEUE);
  return name;
}

/** The queue that the path of a call names, where it does. */
export const queueNameInPath = (path: string): string | undefined => QUEUE_PATH.exec(path)?.[1];

export const queueUrl = (origin: string, owner: Owner, name: string): string => `${origin}/${owner.account}/${name}`;

export const queueArn = ({ account, region }: Owner, name: string): string =>
  `arn:aws:sqs:${region}:${account}:${name}`;

const QUEUE_ARN = /^arn:[a-z-]+:sqs:[a-z0-9-]*:\d{12}:([A-Za-z0-9_-]{1,80})$/;

export const queueNameInArn = (arn: string): string | undefined => QUEUE_ARN.exec(arn)?.[1];

/** @throws SqsError `UnsupportedOperation` for FIFO, `InvalidParameterValueException` */
export function checkNewName(name: string): void {
  if (name.endsWith('.fifo')) {
    throw new SqsError(
      'UnsupportedOperation',
      'FIFO queues are not supported yet; create a standard queue, with a name that does not end in .fifo.',
    );
  }
  if (!QUEUE_NAME_PATTERN.test(name)) {
    throw new SqsError(
      'InvalidParameterValueException',
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
    );
  }
}
