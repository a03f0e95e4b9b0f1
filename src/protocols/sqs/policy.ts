import type { QueueSettings } from '../../model/queue.ts';
import { invalidValue, missing, SqsError } from './errors.ts';
import { type Owner, queueArn } from './queue-names.ts';

/** A statement that `AddPermission` writes into a queue's policy. It is only kept; rights come from access keys. */
interface Permission {
  readonly label: string;
  readonly accounts: readonly string[];
  readonly actions: readonly string[];
}

interface Policy {
  readonly Version: string;
  readonly Id?: string;
  readonly Statement: readonly { readonly Sid?: string }[];
}

const LABEL = /^[A-Za-z0-9_-]{1,80}$/;
const ACTIONS = new Set([
  '*',
  'ChangeMessageVisibility',
  'DeleteMessage',
  'GetQueueAttributes',
  'GetQueueUrl',
  'ListDeadLetterSourceQueues',
  'PurgeQueue',
  'ReceiveMessage',
  'SendMessage',
]);
/** SQS's quota of actions in a statement. */
const ACTIONS_MAX = 7;
/** SQS's quota of statements in a policy. */
const STATEMENTS_MAX = 20;

/** @throws SqsError `InvalidParameterValueException`, `MissingRequiredParameterException`, `OverLimit` */
export function addStatement(
  owner: Owner,
  queue: string,
  permission: Permission,
): (settings: QueueSettings) => QueueSettings {
  check(permission);
  const arn = queueArn(owner, queue);
  const statement = {
    Sid: permission.label,
    Effect: 'Allow',
    Principal: { AWS: oneOrAll(permission.accounts.map((account) => `arn:aws:iam::${account}:root`)) },
    Action: oneOrAll(permission.actions.map((action) => `SQS:${action}`)),
    Resource: arn,
  };
  return (settings) => {
    const policy = policyOf(settings) ?? { Version: '2008-10-17', Id: `${arn}/SQSDefaultPolicy`, Statement: [] };
    if (policy.Statement.some(({ Sid }) => Sid === permission.label)) {
      throw invalidValue('Label', permission.label, 'Already exists.');
    }
    if (policy.Statement.length >= STATEMENTS_MAX) {
      throw new SqsError(
        'OverLimit',
        `${policy.Statement.length + 1} statements were found, ${STATEMENTS_MAX} are allowed.`,
      );
    }
    return withPolicy(settings, { ...policy, Statement: [...policy.Statement, statement] });
  };
}

/** @throws SqsError `InvalidParameterValueException` */
export function removeStatement(label: string): (settings: QueueSettings) => QueueSettings {
  return (settings) => {
    const policy = policyOf(settings);
    const left = policy?.Statement.filter(({ Sid }) => Sid !== label) ?? [];
    if (policy === undefined || left.length === policy.Statement.length) {
      throw invalidValue('Label', label, "can't find label.");
    }
    return withPolicy(settings, left.length === 0 ? undefined : { ...policy, Statement: left });
  };
}

function check({ label, accounts, actions }: Permission): void {
  if (!LABEL.test(label)) {
    const reason = 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length';
    throw invalidValue('Label', label.slice(0, 80), reason);
  }
  if (accounts.length === 0) throw missing('AWSAccountId');
  if (actions.length === 0) throw missing('ActionName');
  const stranger = accounts.find((account) => !/^\d{12}$/.test(account));
  if (stranger !== undefined) throw invalidValue('PrincipalId', stranger.slice(0, 80), 'Unable to verify.');
  if (actions.length > ACTIONS_MAX) {
    throw new SqsError('OverLimit', `${actions.length} Actions were found, maximum allowed is ${ACTIONS_MAX}.`);
  }
  const unknown = actions.find((action) => !ACTIONS.has(action));
  if (unknown !== undefined) {
    const reason = 'Please refer to the appropriate WSDL for a list of valid actions. ';
    throw invalidValue('ActionName', `SQS:${unknown.slice(0, 80)}`, reason);
  }
}

const oneOrAll = (values: readonly string[]): string | readonly string[] =>
  values.length === 1 ? (values[0] ?? '') : values;

function policyOf(settings: QueueSettings): Policy | undefined {
  const text = settings.sqs?.['Policy'];
  if (text === undefined) return undefined;
  const policy = JSON.parse(text) as Partial<Policy>;
  const statements = policy.Statement ?? [];
  return { Version: '2012-10-17', ...policy, Statement: Array.isArray(statements) ? statements : [statements] };
}

function withPolicy(settings: QueueSettings, policy: Policy | undefined): QueueSettings {
  const { Policy: _, ...others } = settings.sqs ?? {};
  return { ...settings, sqs: policy === undefined ? others : { ...others, Policy: JSON.stringify(policy) } };
}
