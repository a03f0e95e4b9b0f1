import { QUEUE_NAME_PATTERN } from '../../model/queue.ts';
import { NO_SUCH_QUEUE, SqsError } from './errors.ts';

/** The owner of the queues, as in URLs and ARNs. */
export interface Owner {
  /** 12 digits. */
  readonly account: string;
  readonly region: string;
}

/** Slashes may be doubled: clients join an endpoint that ends in one with a path that begins with one. */
const QUEUE_PATH = /\/\d{12}\/+([^/?#]+)\/?$/;

/**
 * The queue in a URL, or a plain queue name. Any host and account will do: clients that come from SQS have URLs with
 * their old account in settings and code, and a deployment serves one account only.
 *
 * @throws SqsError `QueueDoesNotExist` if the text names no queue
 */
export function queueNameIn(url: string): string {
  const name = QUEUE_PATH.exec(url)?.[1] ?? url;
  if (!QUEUE_NAME_PATTERN.test(name)) throw new SqsError('QueueDoesNotExist', NO_SUCH_QUEUE);
  return name;
}

/** The queue in the path of a call, if any. */
export const queueNameInPath = (path: string): string | undefined => QUEUE_PATH.exec(path)?.[1];

export const queueUrl = (origin: string, owner: Owner, name: string): string => `${origin}/${owner.account}/${name}`;

export const queueArn = ({ account, region }: Owner, name: string): string =>
  `arn:aws:sqs:${region}:${account}:${name}`;

const QUEUE_ARN = /^arn:[a-z-]+:sqs:[a-z0-9-]*:\d{12}:([A-Za-z0-9_-]{1,80})$/;

export const queueNameInArn = (arn: string): string | undefined => QUEUE_ARN.exec(arn)?.[1];

/** @throws SqsError `UnsupportedOperation` for FIFO, `InvalidParameterValueException` */
export function checkNewName(name: string, { isFifo }: { readonly isFifo: boolean }): void {
  if (isFifo && name.endsWith('.fifo')) {
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
