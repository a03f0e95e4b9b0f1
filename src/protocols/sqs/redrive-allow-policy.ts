import type { QueueSettings } from '../../model/queue.ts';
import { invalidValue, type SqsError } from './errors.ts';
import { queueNameInArn } from './queue-names.ts';

/** Which queues may use the policy's queue for their dead letters. */
interface AllowPolicy {
  readonly redrivePermission: 'allowAll' | 'denyAll' | 'byQueue';
  readonly sourceQueueArns?: readonly string[];
}

/** SQS's quota of source queues in a policy. */
const SOURCES_MAX = 10;

/** The engine's setting for a policy. @throws SqsError `InvalidParameterValueException` */
export function parseRedriveAllowPolicy(value: string): QueueSettings['deadLetterSources'] {
  const policy = readPolicy(value);
  if (policy === undefined) throw invalid(value, ', as it is in an unsupported format.');
  const { redrivePermission, sourceQueueArns: arns } = policy;
  if (redrivePermission !== 'byQueue') {
    if (arns === undefined) return sourcesOf(policy);
    throw invalid(value, '. To specify one or more source queue ARNs, you must set redrivePermission to byQueue.');
  }
  if (arns === undefined || arns.length === 0) {
    const must = 'you must also specify one or more sourceQueueArns values.';
    throw invalid(value, `. When you specify the byQueue permission type, ${must}`);
  }
  if (arns.length <= SOURCES_MAX) return sourcesOf(policy);
  throw invalid(value, `. The maximum number of source queue ARNs you can specify is ${SOURCES_MAX}.`);
}

/** Names of the allowed queues; `undefined` for all. */
function sourcesOf({ redrivePermission, sourceQueueArns = [] }: AllowPolicy): readonly string[] | undefined {
  return redrivePermission === 'allowAll' ? undefined : sourceQueueArns.flatMap((arn) => queueNameInArn(arn) ?? []);
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
