import * as z from 'zod/mini';
import { INSTANT_MS_LAST, MAX_RECEIVES_MAX, VISIBILITY_MS_MAX, WAIT_MS_MAX } from '../../model/limits.ts';
import type { Queue, QueueSettings } from '../../model/queue.ts';
import { Refusal } from './errors.ts';
import { fields, instant, newQueueName, text, wholeNumber } from './fields.ts';
import { renderSubscribed, SubscribedView } from './subscription-view.ts';
import { isoTime } from './times.ts';

/** About 69 years: added to any moment until 2039, it gives a valid moment. */
export const DELAY_SECONDS_MAX = Math.floor(INSTANT_MS_LAST / 2_000);
/** Shards of a queue: its route is one item, read by each process every few seconds. */
const SHARDS_MAX = 1_000;
/** The limit of other services, so that tags can be copied. */
const TAGS_MAX = 50;
/** Characters, as in those services. */
const TAG_NAME_LENGTH_MAX = 128;
/** Characters, as in those services. */
const TAG_VALUE_LENGTH_MAX = 256;

const FOREVER = 'forever';
const REWIND_WORDS = { error: `"${FOREVER}" or a whole number from 0 to ${DELAY_SECONDS_MAX}` };
const TAG_WORDS = { error: `an object of at most ${TAGS_MAX} texts by name` };
const TAG_NAME_WORDS = { error: `named with 1 to ${TAG_NAME_LENGTH_MAX} characters` };
const SHARDS_WORDS = { error: 'at least as large as shards.min', path: ['max'] };

const rewindSeconds = z.union([z.literal(FOREVER), wholeNumber(0, DELAY_SECONDS_MAX)], REWIND_WORDS);
const deadLetter = fields({ queue: newQueueName(), maxReceives: wholeNumber(1, MAX_RECEIVES_MAX) });
const shards = fields({ min: wholeNumber(1, SHARDS_MAX), max: wholeNumber(1, SHARDS_MAX) }).check(
  z.refine(({ min, max }) => min <= max, SHARDS_WORDS),
);
const tagName = z.string().check(z.minLength(1, TAG_NAME_WORDS), z.maxLength(TAG_NAME_LENGTH_MAX, TAG_NAME_WORDS));
const tags = z
  .record(tagName, text(TAG_VALUE_LENGTH_MAX), TAG_WORDS)
  .check(z.refine((all) => Object.keys(all).length <= TAGS_MAX, TAG_WORDS));

const settable = {
  visibilitySeconds: z.optional(wholeNumber(0, VISIBILITY_MS_MAX / 1_000)),
  delaySeconds: z.optional(wholeNumber(0, DELAY_SECONDS_MAX)),
  waitSeconds: z.optional(wholeNumber(0, WAIT_MS_MAX / 1_000)),
  rewindSeconds: z.optional(rewindSeconds),
  tags: z.optional(tags),
};

/** Attributes that a user may set. */
export const QueueAttributes = fields({ ...settable, deadLetter: z.optional(deadLetter), shards: z.optional(shards) });

/** Attributes that a user may change; `null` removes an optional one. */
export const QueueChanges = fields({ ...settable, deadLetter: z.nullish(deadLetter), shards: z.nullish(shards) });

/** SQS and the engine accept such a policy, but here it is a mistake. @throws Refusal */
export function refuseOwnDeadLetters(name: string, { deadLetter }: z.output<typeof QueueChanges>): void {
  if (deadLetter?.queue !== name) return;
  const field = 'deadLetter.queue';
  throw new Refusal('invalidField', `${field} must be another queue; given: "${name}" itself`, { field });
}

/** A queue in an answer; unset `deadLetter`, `shards` and `subscription` are absent. */
export const QueueView = z.object({
  name: newQueueName(),
  createdAt: instant(),
  visibilitySeconds: wholeNumber(0, VISIBILITY_MS_MAX / 1_000),
  delaySeconds: wholeNumber(0, DELAY_SECONDS_MAX),
  waitSeconds: wholeNumber(0, WAIT_MS_MAX / 1_000),
  rewindSeconds,
  deadLetter: z.optional(deadLetter),
  shards: z.optional(shards),
  tags,
  subscription: z.optional(SubscribedView),
});

const DURATIONS = new Map([
  ['visibilitySeconds', 'visibilityMs'],
  ['delaySeconds', 'delayMs'],
  ['waitSeconds', 'waitMs'],
  ['rewindSeconds', 'rewindMs'],
]);

/** Attributes in the model's form; a removed one has no value. */
export function toSettings(attributes: z.output<typeof QueueChanges>): Partial<QueueSettings> {
  const settings: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(attributes)) {
    const duration = DURATIONS.get(name);
    settings[duration ?? name] =
      duration !== undefined && value !== FOREVER ? Number(value) * 1_000 : (value ?? undefined);
  }
  return settings;
}

export function renderQueue({ name, createdAtMs, settings, subscription }: Queue): z.output<typeof QueueView> {
  const { visibilityMs, delayMs, waitMs, rewindMs, sqs: _, ...same } = settings;
  return {
    name,
    createdAt: isoTime(createdAtMs),
    visibilitySeconds: visibilityMs / 1_000,
    delaySeconds: delayMs / 1_000,
    waitSeconds: waitMs / 1_000,
    rewindSeconds: rewindMs === FOREVER ? FOREVER : rewindMs / 1_000,
    ...same,
    ...(subscription === undefined ? {} : { subscription: renderSubscribed(subscription) }),
  };
}
