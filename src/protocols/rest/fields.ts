import * as z from 'zod/mini';
import { ATTRIBUTE_NAME_LENGTH_MAX, ATTRIBUTES_PER_MESSAGE_MAX } from '../../model/limits.ts';

/**
 * The kinds of fields. Each schema states in words what it allows, so that a refusal reads "`max` must be a whole
 * number from 1 to 1000; given: 0".
 */

const allowed = (words: string) => ({ error: words });

/** An object with exactly these fields. */
export function fields<const Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const names = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? (names === '' ? 'none is known here' : `known are ${names}`) : 'an object',
  });
}

export function wholeNumber(min: number, max: number) {
  const words = allowed(`a whole number from ${min} to ${max}`);
  return z.int(words).check(z.minimum(min, words), z.maximum(max, words));
}

/** A whole number in the text of a query. */
export function wholeNumberText(min: number, max: number) {
  const number = wholeNumber(min, max);
  const digits = z
    .string(allowed(`a whole number from ${min} to ${max}`))
    .check(z.regex(/^-?\d{1,15}$/, allowed(`a whole number from ${min} to ${max}`)));
  return z.pipe(digits, z.pipe(z.transform(Number), number));
}

/** A list of `min` to `max` entries; `what` names them. */
export function list<Item extends z.ZodMiniType>(item: Item, range: { min: number; max: number; what: string }) {
  const words = allowed(`a list of ${range.min} to ${range.max} ${range.what}`);
  return z.array(item, words).check(z.minLength(range.min, words), z.maxLength(range.max, words));
}

export function text(max = Number.POSITIVE_INFINITY) {
  if (max === Number.POSITIVE_INFINITY) return z.string(allowed('text'));
  const words = allowed(`text of at most ${max} characters`);
  return z.string(words).check(z.maxLength(max, words));
}

export function oneOf<const Words extends readonly string[]>(words: Words) {
  return z.enum(words, allowed(`one of ${words.join(', ')}`));
}

/** A moment with its zone, to milliseconds; finer digits are cut. */
export const instant = () =>
  z.iso.datetime({ offset: true, ...allowed('an ISO 8601 time with seconds and zone, like 2026-11-22T16:00:00.000Z') });

const NAME = 'a queue name: 1 to 80 characters of A-Z a-z 0-9 _ -';

/** A name that callers may ask for. Names that end in `.fifo` are reserved, so no queue has one yet. */
export const queueName = () => z.string(allowed(NAME)).check(z.regex(/^[A-Za-z0-9_-]{1,80}(\.fifo)?$/, allowed(NAME)));

/** A name for a new queue. */
export const newQueueName = () => {
  const words = allowed(`${NAME} (names that end in .fifo are reserved)`);
  return z.string(words).check(z.regex(/^[A-Za-z0-9_-]{1,80}$/, words));
};

/** A prefix of names, possibly empty. */
export const queueNamePrefix = () => {
  const words = allowed('the start of a queue name: at most 80 characters of A-Z a-z 0-9 _ -');
  return z.string(words).check(z.regex(/^[A-Za-z0-9_-]{0,80}$/, words));
};

const label = z.exactOptional(text(ATTRIBUTE_NAME_LENGTH_MAX));
/** An attribute of a message. */
export const attribute = z.discriminatedUnion(
  'type',
  [
    fields({ type: z.literal('string'), value: text(), label }),
    fields({ type: z.literal('number'), value: decimal(), label }),
    fields({ type: z.literal('binary'), value: z.base64(allowed('Base64 with padding')), label }),
  ],
  { error: (issue) => (issue.code === 'invalid_union' ? 'one of string, number, binary' : 'an object {type, value}') },
);

/** Attributes of a message, by name. */
export function attributes() {
  const words = `an object of at most ${ATTRIBUTES_PER_MESSAGE_MAX} attributes by name`;
  const name = `named with 1 to ${ATTRIBUTE_NAME_LENGTH_MAX} characters of A-Z a-z 0-9 _ - .`;
  const pattern = new RegExp(`^[A-Za-z0-9_.-]{1,${ATTRIBUTE_NAME_LENGTH_MAX}}$`);
  return z
    .record(z.string().check(z.regex(pattern, allowed(name))), attribute, allowed(words))
    .check(z.refine((all) => Object.keys(all).length <= ATTRIBUTES_PER_MESSAGE_MAX, allowed(words)));
}

function decimal() {
  const words = allowed('a decimal number as text, like "-12.5"');
  return z.string(words).check(z.regex(/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/, words));
}
