import { getQueue, type QueueService } from '../../engine/index.ts';
import { QueueError } from '../../model/errors.ts';
import { MAX_RECEIVES_MAX } from '../../model/limits.ts';
import type { Queue, QueueSettings } from '../../model/queue.ts';
import { invalidValue, type SqsError } from './errors.ts';
import { queueNameInArn } from './queue-names.ts';

type DeadLetter = NonNullable<QueueSettings['deadLetter']>;

const KNOWN = new Set(['deadLetterTargetArn', 'maxReceiveCount', 'redrivePermission', 'sourceQueueArns']);

/** Where dead letters go; nowhere for an empty text. Numbers may be texts. @throws SqsError */
export function parseRedrivePolicy(value: string): DeadLetter | undefined {
  if (value === '') return undefined;
  const policy = parseObject(value);
  const stranger = Object.keys(policy).find((name) => !KNOWN.has(name));
  if (stranger !== undefined) {
    throw refusedPolicy(value, 'Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount].');
  }
  const { deadLetterTargetArn: arn, maxReceiveCount: count } = policy;
  for (const [name, given] of Object.entries({ maxReceiveCount: count, deadLetterTargetArn: arn })) {
    if (given === undefined)
      throw refusedPolicy(value, `Redrive policy does not contain mandatory attribute: ${name}.`);
  }
  const queue = typeof arn === 'string' ? queueNameInArn(arn) : undefined;
  if (queue === undefined) throw refusedPolicy(value, 'Invalid value for deadLetterTargetArn.');
  const maxReceives = typeof count === 'string' && /^\d{1,5}$/.test(count) ? Number(count) : count;
  if (!Number.isInteger(maxReceives) || Number(maxReceives) < 1 || Number(maxReceives) > MAX_RECEIVES_MAX) {
    const range = `valid values are from 1 to ${MAX_RECEIVES_MAX} both inclusive.`;
    throw refusedPolicy(value, `Invalid value for maxReceiveCount: ${String(count)}, ${range}`);
  }
  return { queue, maxReceives: Number(maxReceives) };
}

function parseObject(value: string): Readonly<Record<string, unknown>> {
  try {
    const policy: unknown = JSON.parse(value);
    if (typeof policy === 'object' && policy !== null && !Array.isArray(policy)) return { ...policy };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw refusedPolicy(value, 'Redrive policy is not a valid JSON map.');
}

/**
 * Runs a change of attributes. Reports an invalid dead-letter queue, or one that refuses this source, in SQS's words.
 */
export async function withTargetChecked<Result>(
  service: QueueService,
  given: { readonly name: string; readonly attributes: Readonly<Record<string, string>> },
  change: () => Promise<Result>,
): Promise<Result> {
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof QueueError) || error.field !== 'deadLetter.queue') throw error;
    const value = given.attributes['RedrivePolicy'] ?? '';
    const target = parseRedrivePolicy(value)?.queue;
    const isThere = target !== undefined && target !== given.name && (await findQueue(service, target)) !== undefined;
    const reason = 'The dead letter target does not allow this queue to use it.';
    throw refusedPolicy(value, isThere ? reason : 'Dead letter target does not exist.');
  }
}

export async function findQueue(service: QueueService, name: string): Promise<Queue | undefined> {
  try {
    return await getQueue(service, name);
  } catch (error) {
    if (error instanceof QueueError && error.code === 'QueueNotFound') return undefined;
    throw error;
  }
}

export const refusedPolicy = (value: string, reason: string): SqsError => invalidValue('RedrivePolicy', value, reason);
