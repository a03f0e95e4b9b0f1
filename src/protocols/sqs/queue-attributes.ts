import { MESSAGE_BYTES_MAX, VISIBILITY_MS_MAX, WAIT_MS_MAX } from '../../model/limits.ts';
import type { QueueSettings } from '../../model/queue.ts';
import { ENCRYPTION_ATTRIBUTES, refuseTwoEncryptions } from './encryption-attributes.ts';
import { SqsError, unknownAttribute } from './errors.ts';
import {
  type Attribute,
  type Change,
  duration,
  jsonObject,
  kept,
  numeral,
  type ShownQueue,
  seconds,
} from './queue-attribute-kinds.ts';
import { queueArn } from './queue-names.ts';
import { parseRedriveAllowPolicy } from './redrive-allow-policy.ts';
import { parseRedrivePolicy } from './redrive-policy.ts';

/** SQS's least value of `MaximumMessageSize`, in bytes. */
export const SMALLEST_MAXIMUM_MESSAGE_SIZE = 1_024;
/** SQS's default, four days: clients read a number, though nothing expires here by itself. */
const RETENTION_MS_DEFAULT = 345_600_000;

/** Kept for clients; the engine uses the setting derived from it. */
const REDRIVE_ALLOW_POLICY = kept('RedriveAllowPolicy', { parse: (value) => value });

/** Every attribute of a standard queue, in the order of answers. */
const ATTRIBUTES: Readonly<Record<string, Attribute>> = {
  QueueArn: { show: ({ owner, queue }) => queueArn(owner, queue.name) },
  ApproximateNumberOfMessages: { show: ({ counts }) => counts && String(counts.ready) },
  ApproximateNumberOfMessagesNotVisible: { show: ({ counts }) => counts && String(counts.inFlight) },
  ApproximateNumberOfMessagesDelayed: { show: ({ counts }) => counts && String(counts.delayed) },
  CreatedTimestamp: { show: ({ queue }) => seconds(queue.createdAtMs) },
  LastModifiedTimestamp: { show: ({ queue }) => seconds(queue.changedAtMs ?? queue.createdAtMs) },
  VisibilityTimeout: duration('visibilityMs', 'VisibilityTimeout', VISIBILITY_MS_MAX / 1_000),
  MaximumMessageSize: kept('MaximumMessageSize', {
    fallback: String(MESSAGE_BYTES_MAX),
    parse: numeral('MaximumMessageSize', SMALLEST_MAXIMUM_MESSAGE_SIZE, MESSAGE_BYTES_MAX),
  }),
  // The default of SQS. A queue without this attribute keeps everything.
  MessageRetentionPeriod: {
    show: ({ queue: { settings } }) => seconds(settings.retentionMs ?? RETENTION_MS_DEFAULT),
    set: (value) => {
      const retentionMs = Number(numeral('MessageRetentionPeriod', 60, 1_209_600)(value)) * 1_000;
      return (settings) => ({ ...settings, retentionMs });
    },
  },
  DelaySeconds: duration('delayMs', 'DelaySeconds', 900),
  ReceiveMessageWaitTimeSeconds: duration('waitMs', 'ReceiveMessageWaitTimeSeconds', WAIT_MS_MAX / 1_000),
  Policy: kept('Policy', { parse: jsonObject('Policy') }),
  RedrivePolicy: {
    show: ({ owner, queue: { settings } }) =>
      settings.deadLetter &&
      JSON.stringify({
        deadLetterTargetArn: queueArn(owner, settings.deadLetter.queue),
        maxReceiveCount: settings.deadLetter.maxReceives,
      }),
    set: (value) => {
      const deadLetter = parseRedrivePolicy(value);
      return (settings) => {
        const { deadLetter: _, ...others } = settings;
        return deadLetter === undefined ? others : { ...others, deadLetter };
      };
    },
  },
  RedriveAllowPolicy: {
    ...REDRIVE_ALLOW_POLICY,
    set: (value) => {
      const deadLetterSources = value === '' ? undefined : parseRedriveAllowPolicy(value);
      return (settings) => {
        const { deadLetterSources: _, ...others } = REDRIVE_ALLOW_POLICY.set(value)(settings);
        return deadLetterSources === undefined ? others : { ...others, deadLetterSources };
      };
    },
  },
  ...ENCRYPTION_ATTRIBUTES,
};

/** Names that only a FIFO queue has, and SQS's refusal for a standard queue. */
const FIFO_REFUSALS = new Map(
  ['DeduplicationScope', 'FifoThroughputLimit'].map((name) => [
    name,
    `You can specify the ${name} only when FifoQueue is set to true.`,
  ]),
);
const COUNTS = /^ApproximateNumberOfMessages/;

/** The names that a call requests, with `All` expanded. @throws SqsError `InvalidAttributeName` */
export function wantedNames(names: readonly string[]): string[] {
  const unknown = names.find((name) => name !== 'All' && !Object.hasOwn(ATTRIBUTES, name));
  if (unknown !== undefined) throw unknownAttribute(unknown);
  return names.includes('All') ? Object.keys(ATTRIBUTES) : [...names];
}

export const needCounts = (names: readonly string[]): boolean => names.some((name) => COUNTS.test(name));

/** The requested attributes that the queue has. */
export function showAttributes(of: ShownQueue, names: readonly string[]): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const name of names) {
    const value = ATTRIBUTES[name]?.show(of);
    if (value !== undefined) shown[name] = value;
  }
  return shown;
}

/** How given attributes change the settings of a queue. @throws SqsError */
export function parseAttributes(given: Readonly<Record<string, string>>): Change {
  refuseTwoEncryptions(given);
  const changes = Object.entries(given).map(([name, value]) => {
    const ofFifo = FIFO_REFUSALS.get(name);
    if (ofFifo !== undefined) throw new SqsError('InvalidAttributeName', ofFifo);
    const set = Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name]?.set : undefined;
    if (set === undefined) throw unknownAttribute(name);
    return set(value);
  });
  return (settings) => changes.reduce((current, change) => change(current), settings);
}

/** Largest size of a message, in bytes. */
export const maximumMessageSize = (settings: QueueSettings): number =>
  Number(settings.sqs?.['MaximumMessageSize'] ?? MESSAGE_BYTES_MAX);
