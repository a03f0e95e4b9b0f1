import type { QueueCounts } from '../../engine/index.ts';
import { MESSAGE_BYTES_MAX, VISIBILITY_MS_MAX, WAIT_MS_MAX } from '../../model/limits.ts';
import type { Queue, QueueSettings } from '../../model/queue.ts';
import { SqsError, unknownAttribute } from './errors.ts';
import { type Owner, queueArn } from './queue-names.ts';
import { parseRedriveAllowPolicy } from './redrive-allow-policy.ts';
import { parseRedrivePolicy } from './redrive-policy.ts';

/** A queue as attributes tell of it; its messages are counted only where an attribute asks for it. */
export interface ShownQueue {
  readonly owner: Owner;
  readonly queue: Queue;
  readonly counts?: QueueCounts['counts'];
}

type Change = (settings: QueueSettings) => QueueSettings;

interface Attribute {
  /** Absent: the queue has no such thing. */
  readonly show: (of: ShownQueue) => string | undefined;
  /** How a value given changes the settings; absent: it cannot be set. @throws SqsError */
  readonly set?: (value: string) => Change;
}

export const SMALLEST_MAXIMUM_MESSAGE_SIZE = 1_024;
const RETENTION_MS_DEFAULT = 345_600_000;

/** Kept for clients; what it means goes into the settings beside it. */
const REDRIVE_ALLOW_POLICY = kept('RedriveAllowPolicy', { parse: (value) => value });

/** Every attribute of a standard queue, in the order they are shown. */
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
  // What SQS would do by itself: a queue on which nobody has set it keeps everything.
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
  KmsMasterKeyId: kept('KmsMasterKeyId', { parse: (value) => value }),
  KmsDataKeyReusePeriodSeconds: kept('KmsDataKeyReusePeriodSeconds', {
    parse: numeral('KmsDataKeyReusePeriodSeconds', 60, 86_400),
  }),
  // What lies in this queue is encrypted by its store, always.
  SqsManagedSseEnabled: kept('SqsManagedSseEnabled', { fallback: 'true', parse: flag('SqsManagedSseEnabled') }),
};

/** Names that only a FIFO queue has: known, and absent from a standard queue. */
const FIFO_ATTRIBUTES = new Set([
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
]);
const COUNTS = /^ApproximateNumberOfMessages/;

/** The names a call asks for, `All` spelled out. @throws SqsError `InvalidAttributeName` */
export function wantedNames(names: readonly string[]): string[] {
  const unknown = names.find(
    (name) => name !== 'All' && !Object.hasOwn(ATTRIBUTES, name) && !FIFO_ATTRIBUTES.has(name),
  );
  if (unknown !== undefined) throw unknownAttribute(unknown);
  return names.includes('All') ? Object.keys(ATTRIBUTES) : [...names];
}

export const needCounts = (names: readonly string[]): boolean => names.some((name) => COUNTS.test(name));

/** The attributes of these names that the queue has. */
export function showAttributes(of: ShownQueue, names: readonly string[]): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const name of names) {
    const value = ATTRIBUTES[name]?.show(of);
    if (value !== undefined) shown[name] = value;
  }
  return shown;
}

/** How attributes given change the settings of a queue. @throws SqsError */
export function parseAttributes(given: Readonly<Record<string, string>>): Change {
  const changes = Object.entries(given).map(([name, value]) => {
    if (name === 'FifoQueue' && value === 'true') {
      throw new SqsError('UnsupportedOperation', 'FIFO queues are not supported yet; create a standard queue.');
    }
    const set = Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name]?.set : undefined;
    if (set === undefined) throw unknownAttribute(name);
    return set(value);
  });
  return (settings) => changes.reduce((current, change) => change(current), settings);
}

/** Bytes a message may have. */
export const maximumMessageSize = (settings: QueueSettings): number =>
  Number(settings.sqs?.['MaximumMessageSize'] ?? MESSAGE_BYTES_MAX);

function duration(setting: 'visibilityMs' | 'delayMs' | 'waitMs', name: string, max: number): Attribute {
  const parse = numeral(name, 0, max);
  return {
    show: ({ queue }) => seconds(queue.settings[setting]),
    set: (value) => {
      const ms = Number(parse(value)) * 1_000;
      return (settings) => ({ ...settings, [setting]: ms });
    },
  };
}

/** An attribute that is kept as it was given and taken away by an empty value. */
function kept(name: string, options: { fallback?: string; parse: (value: string) => string }): Required<Attribute> {
  return {
    show: ({ queue }) => queue.settings.sqs?.[name] ?? options.fallback,
    set: (value) => {
      const parsed = value === '' ? undefined : options.parse(value);
      return (settings) => {
        const { [name]: _, ...others } = settings.sqs ?? {};
        return { ...settings, sqs: parsed === undefined ? others : { ...others, [name]: parsed } };
      };
    },
  };
}

function numeral(name: string, min: number, max: number): (value: string) => string {
  return (value) => {
    const number = Number(value);
    if (!/^\d{1,10}$/.test(value) || number < min || number > max) throw invalidAttribute(name);
    return String(number);
  };
}

function flag(name: string): (value: string) => string {
  return (value) => {
    const word = value.toLowerCase();
    if (word !== 'true' && word !== 'false') throw invalidAttribute(name);
    return word;
  };
}

function jsonObject(name: string): (value: string) => string {
  return (value) => {
    try {
      const parsed: unknown = JSON.parse(value);
      if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return value;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    throw invalidAttribute(name);
  };
}

const invalidAttribute = (name: string): SqsError =>
  new SqsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);

const seconds = (ms: number): string => String(Math.floor(ms / 1_000));
