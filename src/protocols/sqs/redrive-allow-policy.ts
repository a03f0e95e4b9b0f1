import { getQueue } from '../../engine/index.ts';
import { QueueError } from '../../model/errors.ts';
import type { SqsHost } from './action.ts';
import { invalidValue, type SqsError } from './errors.ts';
import { queueNameInArn } from './queue-names.ts';
import { parseRedrivePolicy, refusedPolicy } from './redrive-policy.ts';

/** Which queues may send their dead letters to the one that has it. */
interface AllowPolicy {
  readonly redrivePermission: 'allowAll' | 'denyAll' | 'byQueue';
  readonly sourceQueueArns?: readonly string[];
}

const SOURCES_MAX = 10;

/** The policy as it was given. @throws SqsError `InvalidParameterValueException` */
export function parseRedriveAllowPolicy(value: string): string {
  const policy = readPolicy(value);
  if (policy === undefined) throw invalid(value, ', as it is in an unsupported format.');
  const { redrivePermission, sourceQueueArns: arns } = policy;
  if (redrivePermission !== 'byQueue') {
    if (arns === undefined) return value;
    throw invalid(value, '. To specify one or more source queue ARNs, you must set redrivePermission to byQueue.');
  }
  if (arns === undefined || arns.length === 0) {
    const must = 'you must also specify one or more sourceQueueArns values.';
    throw invalid(value, `. When you specify the byQueue permission type, ${must}`);
  }
  if (arns.length <= SOURCES_MAX) return value;
  throw invalid(value, `. The maximum number of source queue ARNs you can specify is ${SOURCES_MAX}.`);
}

/**
 * Asks the dead-letter queue that attributes name whether it takes dead letters of this queue. Whether there is such a
 * queue is told by whoever sets them.
 *
 * @throws SqsError `InvalidParameterValueException`
 */
export async function checkAllowed(
  { service }: SqsHost,
  queue: string,
  attributes: Readonly<Record<string, string>>,
): Promise<void> {
  const value = attributes['RedrivePolicy'] ?? '';
  const target = parseRedrivePolicy(value)?.queue;
  if (target === undefined) return;
  try {
    const { settings } = await getQueue(service, target);
    if (allows(settings.sqs?.['RedriveAllowPolicy'], queue)) return;
  } catch (error) {
    if (error instanceof QueueError && error.code === 'QueueNotFound') return;
    throw error;
  }
  throw refusedPolicy(value, 'The dead letter target does not allow this queue to use it.');
}

function allows(value: string | undefined, queue: string): boolean {
  const policy = value === undefined ? undefined : readPolicy(value);
  if (policy === undefined || policy.redrivePermission === 'allowAll') return true;
  return policy.sourceQueueArns?.some((arn) => queueNameInArn(arn) === queue) === true;
}

const PERMISSIONS: readonly unknown[] = ['allowAll', 'denyAll', 'byQueue'] satisfies AllowPolicy['redrivePermission'][];

function readPolicy(value: string): AllowPolicy | undefined {
  try {
    const policy: unknown = JSON.parse(value);
    if (typeof policy !== 'object' || policy === null || Array.isArray(policy)) return undefined;
    const { redrivePermission, sourceQueueArns, ...more } = policy as Partial<Record<string, unknown>>;
    const isKnown = PERMISSIONS.includes(redrivePermission) && Object.keys(more).length === 0;
    return isKnown && (sourceQueueArns === undefined || isListOfArns(sourceQueueArns))
      ? (policy as AllowPolicy)
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const isListOfArns = (value: unknown): boolean =>
  Array.isArray(value) && value.every((arn) => typeof arn === 'string' && queueNameInArn(arn) !== undefined);

const invalid = (value: string, reason: string): SqsError =>
  invalidValue('RedriveAllowPolicy', value, `Amazon SQS can't create the redrive allow policy${reason}`);
