import * as z from 'zod/mini';
import type { SubscriptionState } from '../../engine/index.ts';
import { invalidField } from '../../model/errors.ts';
import { VISIBILITY_MS_MAX } from '../../model/limits.ts';
import {
  type CallEnd,
  HOPS_MAX,
  MAX_HOPS,
  type PushDestination,
  type Subscription,
  verdictOn,
} from '../../model/push/index.ts';
import type { PushFailure } from '../../ports/push-failures.ts';
import { fields, instant, oneOf, text, wholeNumber } from './fields.ts';
import { rewindFilter } from './rewind-view.ts';
import { isoTime } from './times.ts';

// The limits of Lambda's trigger for queues of SQS.
const BATCH_SIZE_MAX = 10_000;
const BATCH_WINDOW_SECONDS_MAX = 300;
const CONCURRENCY_MAX = 1_000;
/** Messages a second of one queue: beyond what a dispatcher reaches. */
const PER_SECOND_MAX = 100_000;
/** Seconds of one call: a dispatcher that ends waits for its calls. */
const TARGET_SECONDS_MAX = 600;
/** Characters of a URL: the subscription stays a small record. */
const URL_LENGTH_MAX = 2_000;

const ARN = /^arn:aws[a-z-]*:lambda:[a-z0-9-]{1,40}:\d{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_$-]{1,128})?$/;
const FILE = /^file:([^#\0]{1,1000})#([A-Za-z_$][\w$]{0,127})$/;
const LAMBDA_WORDS = { error: 'the ARN of a Lambda function, or file:<path>#<handler> on one machine' };
const ONE_WORDS = { error: 'an object with one of lambda, https, sqs' };

function address() {
  const words = { error: `a URL without user or password, of at most ${URL_LENGTH_MAX} characters` };
  return z.string(words).check(z.maxLength(URL_LENGTH_MAX, words), z.refine(isAddress, words));
}

function isAddress(given: string): boolean {
  if (!URL.canParse(given)) return false;
  const { protocol, username, password } = new URL(given);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

const lambda = z.string(LAMBDA_WORDS).check(z.refine((given) => ARN.test(given) || FILE.test(given), LAMBDA_WORDS));
const destination = fields({
  lambda: z.exactOptional(lambda),
  https: z.exactOptional(address()),
  sqs: z.exactOptional(address()),
}).check(z.refine((to) => Object.keys(to).length === 1, ONE_WORDS));

const optional = {
  perSecond: z.exactOptional(wholeNumber(1, PER_SECOND_MAX)),
  visibilitySeconds: z.exactOptional(wholeNumber(0, VISIBILITY_MS_MAX / 1_000)),
};
const batchSize = wholeNumber(1, BATCH_SIZE_MAX);
const batchWindowSeconds = wholeNumber(0, BATCH_WINDOW_SECONDS_MAX);
const maxConcurrency = wholeNumber(1, CONCURRENCY_MAX);
const targetSeconds = wholeNumber(1, TARGET_SECONDS_MAX);
const maxHops = wholeNumber(0, HOPS_MAX);
const format = oneOf(['sqs', 'raw']);
const reportBatchItemFailures = z.boolean({ error: 'true or false' });

/** A subscription as a user writes it. */
export const SubscriptionFields = fields({
  to: destination,
  ...optional,
  filter: z.exactOptional(rewindFilter()),
  batchSize: z.exactOptional(batchSize),
  batchWindowSeconds: z.exactOptional(batchWindowSeconds),
  maxConcurrency: z.exactOptional(maxConcurrency),
  targetSeconds: z.exactOptional(targetSeconds),
  maxHops: z.exactOptional(maxHops),
  format: z.exactOptional(format),
  reportBatchItemFailures: z.exactOptional(reportBatchItemFailures),
  /** What becomes of messages that do not match the filter. */
  filtered: z.exactOptional(oneOf(['delete'])),
});

/** A subscription in an answer about its queue. */
export const SubscribedView = z.object({
  to: destination,
  ...optional,
  filter: z.exactOptional(z.object({ attributes: z.record(text(), text()) })),
  batchSize,
  batchWindowSeconds,
  maxConcurrency,
  targetSeconds,
  maxHops,
  format,
  reportBatchItemFailures,
  /** Since when nothing new begins. */
  pausedAt: z.optional(instant()),
  /** Why it has paused itself. */
  pausedBy: z.optional(oneOf(['maxHops'])),
});

/** A subscription with what its calls do. */
export const SubscriptionView = z.extend(SubscribedView, {
  state: oneOf(['active', 'paused', 'failing']),
  /** Calls that may be running. */
  running: wholeNumber(0, CONCURRENCY_MAX),
  /** Messages that the filter refused, approximately. */
  filtered: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  /** Calls that failed in a row by the fault of the target. */
  failing: z.optional(
    z.object({
      calls: wholeNumber(1, Number.MAX_SAFE_INTEGER),
      since: instant(),
      retryAt: instant(),
      /** How the last of them ended. */
      reason: text(),
    }),
  ),
  /** Newest first, where the server knows: calls after which messages come again. */
  lastFailures: z.optional(
    z.array(
      z.object({
        at: instant(),
        /** How the call ended; `batchItemFailures` where its answer lists messages. */
        reason: text(),
        /** How many come again. */
        messages: wholeNumber(1, BATCH_SIZE_MAX),
        /** Some of them. */
        ids: z.array(text()),
        /** The beginning of the answer. */
        text: z.optional(text()),
      }),
    ),
  ),
});

/** @throws QueueError `InvalidField` */
export function toSubscription(given: z.output<typeof SubscriptionFields>): Subscription {
  const { perSecond, visibilitySeconds, maxHops: hops, filter, batchSize = isBodyAlone(given) ? 1 : 10 } = given;
  if (isBodyAlone(given) && batchSize > 1) {
    throw invalidField('batchSize', 'must be 1 with format raw and to.https: a request is the body of one message');
  }
  return {
    to: toDestination(given.to),
    format: given.format ?? 'sqs',
    batchSize,
    batchWindowMs: 1_000 * (given.batchWindowSeconds ?? 0),
    maxConcurrency: given.maxConcurrency ?? 10,
    targetMs: 1_000 * (given.targetSeconds ?? 60),
    reportBatchItemFailures: given.reportBatchItemFailures ?? false,
    ...(perSecond === undefined ? {} : { perSecond }),
    ...(visibilitySeconds === undefined ? {} : { visibilityMs: 1_000 * visibilitySeconds }),
    ...(hops === undefined || hops === MAX_HOPS ? {} : { maxHops: hops }),
    ...(filter === undefined ? {} : { filter }),
  };
}

/** A request to an endpoint is then the body of one message. */
const isBodyAlone = ({ to, format }: z.output<typeof SubscriptionFields>): boolean =>
  to.https !== undefined && format === 'raw';

function toDestination({ lambda: arn = '', https, sqs }: z.output<typeof destination>): PushDestination {
  if (https !== undefined) return { kind: 'https', url: https };
  if (sqs !== undefined) return { kind: 'sqs', url: sqs };
  const [, path, handler] = FILE.exec(arn) ?? [];
  return path === undefined || handler === undefined ? { kind: 'lambda', arn } : { kind: 'file', path, handler };
}

const renderDestination = (to: PushDestination): z.output<typeof destination> => {
  if (to.kind === 'lambda') return { lambda: to.arn };
  if (to.kind === 'file') return { lambda: `file:${to.path}#${to.handler}` };
  return to.kind === 'https' ? { https: to.url } : { sqs: to.url };
};

export function renderSubscribed(subscription: Subscription): z.output<typeof SubscribedView> {
  const { to, batchWindowMs, targetMs, visibilityMs, pausedAtMs, maxHops: hops = MAX_HOPS, ...same } = subscription;
  return {
    to: renderDestination(to),
    ...same,
    batchWindowSeconds: batchWindowMs / 1_000,
    targetSeconds: targetMs / 1_000,
    maxHops: hops,
    ...(visibilityMs === undefined ? {} : { visibilitySeconds: visibilityMs / 1_000 }),
    ...(pausedAtMs === undefined ? {} : { pausedAt: isoTime(pausedAtMs) }),
  };
}

/** How a call ended, in a word. */
const reasonOf = (end: CallEnd): string =>
  end.kind === 'status' ? `status ${end.status}` : end.kind === 'refused' ? end.code : end.kind;

export const renderFailure = ({ atMs, end, ids, messageCount, text }: PushFailure) => ({
  at: isoTime(atMs),
  reason: verdictOn(end) === 'done' ? 'batchItemFailures' : reasonOf(end),
  messages: messageCount,
  ids: [...ids],
  ...(text === undefined ? {} : { text }),
});

export function renderSubscription(state: SubscriptionState): z.output<typeof SubscriptionView> {
  const { subscription, running, filtered, breaker } = state;
  const view = { ...renderSubscribed(subscription), running, filtered };
  if (subscription.pausedAtMs !== undefined) return { ...view, state: 'paused' };
  if (breaker === undefined) return { ...view, state: 'active' };
  const { failures: calls, sinceMs, retryAtMs, end } = breaker;
  const failing = { calls, since: isoTime(sinceMs), retryAt: isoTime(retryAtMs), reason: reasonOf(end) };
  return { ...view, state: 'failing', failing };
}
