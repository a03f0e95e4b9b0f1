import type { QueueCounts } from '../../model/counts.ts';
import type { Queue, QueueSettings } from '../../model/queue.ts';
import { SqsError } from './errors.ts';
import type { Owner } from './queue-names.ts';

/** A queue for its attributes; counts its messages only if an attribute needs them. */
export interface ShownQueue {
  readonly owner: Owner;
  readonly queue: Queue;
  readonly counts?: QueueCounts['counts'];
}

export type Change = (settings: QueueSettings) => QueueSettings;

export interface Attribute {
  /** Absent: the queue has no value for it. */
  readonly show: (of: ShownQueue) => string | undefined;
  /** How a given value changes the settings; absent: it cannot be set. @throws SqsError */
  readonly set?: (value: string) => Change;
}

export function duration(setting: 'visibilityMs' | 'delayMs' | 'waitMs', name: string, max: number): Attribute {
  const parse = numeral(name, 0, max);
  return {
    show: ({ queue }) => seconds(queue.settings[setting]),
    set: (value) => {
      const ms = Number(parse(value)) * 1_000;
      return (settings) => ({ ...settings, [setting]: ms });
    },
  };
}

/** An attribute that is kept as given; an empty value removes it. */
export function kept(
  name: string,
  options: { fallback?: string; parse: (value: string) => string },
): Required<Attribute> {
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

export function numeral(name: string, min: number, max: number): (value: string) => string {
  return (value) => {
    const number = Number(value);
    if (!/^\d{1,10}$/.test(value) || number < min || number > max) throw invalidAttribute(name);
    return String(number);
  };
}

export function flag(name: string): (value: string) => string {
  return (value) => {
    const word = value.toLowerCase();
    if (word !== 'true' && word !== 'false') throw invalidAttribute(name);
    return word;
  };
}

export function jsonObject(name: string): (value: string) => string {
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

export const seconds = (ms: number): string => String(Math.floor(ms / 1_000));
