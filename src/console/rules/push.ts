import type { GetSubscriptionAnswer, PutSubscriptionRequest } from '../../client/index.ts';
import type { Action } from './actions.ts';
import { durationText, parseSecondsField } from './durations.ts';
import { parseFilter, parseRate } from './rewind-form.ts';

const pathOf = (queue: string, rest = ''): string => `/queues/${encodeURIComponent(queue)}/subscription${rest}`;

export const showPush = (queue: string): Action => ({
  call: { method: 'GET', path: pathOf(queue) },
  words: ['push', 'show', queue],
});

export const pausePush = (queue: string): Action => ({
  call: { method: 'POST', path: pathOf(queue, '/pause'), body: {} },
  words: ['push', 'pause', queue],
});

export const resumePush = (queue: string): Action => ({
  call: { method: 'POST', path: pathOf(queue, '/resume'), body: {} },
  words: ['push', 'resume', queue],
});

export const removePush = (queue: string): Action => ({
  call: { method: 'DELETE', path: pathOf(queue) },
  words: ['push', 'rm', queue],
});

export function putPush(queue: string, request: PutSubscriptionRequest): Action {
  const { to, batchSize, batchWindowSeconds, maxConcurrency, perSecond, targetSeconds } = request;
  const given = (flag: string, value: number | undefined, unit = ''): string[] =>
    value === undefined ? [] : [flag, `${value}${unit}`];
  const wanted = Object.entries(request.filter?.attributes ?? {});
  return {
    call: { method: 'PUT', path: pathOf(queue), body: request },
    words: [
      'push',
      'set',
      queue,
      targetOf(to),
      ...(to.sqs === undefined ? [] : ['--sqs']),
      ...given('--batch', batchSize),
      ...given('--window', batchWindowSeconds, 's'),
      ...given('--concurrency', maxConcurrency),
      ...given('--rate', perSecond),
      ...given('--timeout', targetSeconds, 's'),
      ...given('--retry', request.visibilitySeconds, 's'),
      ...given('--max-hops', request.maxHops),
      ...wanted.flatMap(([name, value]) => ['--attr', `${name}=${typeof value === 'string' ? value : value.value}`]),
      ...(request.format === undefined ? [] : ['--format', request.format]),
      ...(request.reportBatchItemFailures === true ? ['--report-failures'] : []),
    ],
  };
}

export const targetOf = ({ lambda, https, sqs }: PutSubscriptionRequest['to']): string => lambda ?? https ?? sqs ?? '';

/** The bound of a new subscription. */
const MAX_HOPS = 100;

/** A subscription as it is typed. */
export interface PushForm {
  readonly kind: 'lambda' | 'https' | 'sqs';
  readonly target: string;
  readonly batch: string;
  readonly window: string;
  readonly concurrency: string;
  readonly perSecond: string;
  readonly timeout: string;
  readonly retry: string;
  readonly attributes: string;
  /** Kept as it is. @default that of a new subscription */
  readonly maxHops?: number;
  readonly format: 'sqs' | 'raw';
  readonly isReporting: boolean;
}

/** What a new subscription has unless the user types something else. */
export const NEW_PUSH: PushForm = {
  kind: 'lambda',
  target: '',
  batch: '10',
  window: '0s',
  concurrency: '10',
  perSecond: '',
  timeout: '60s',
  retry: '',
  attributes: '',
  format: 'sqs',
  isReporting: true,
};

/** The form of the present subscription. */
export function pushFormOf(push: GetSubscriptionAnswer): PushForm {
  const { to, perSecond, visibilitySeconds } = push;
  return {
    kind: to.sqs === undefined ? (to.https === undefined ? 'lambda' : 'https') : 'sqs',
    target: targetOf(to),
    batch: String(push.batchSize),
    window: `${push.batchWindowSeconds}s`,
    concurrency: String(push.maxConcurrency),
    perSecond: perSecond === undefined ? '' : String(perSecond),
    timeout: `${push.targetSeconds}s`,
    retry: visibilitySeconds === undefined ? '' : `${visibilitySeconds}s`,
    attributes: Object.entries(push.filter?.attributes ?? {})
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
    ...(push.maxHops === MAX_HOPS ? {} : { maxHops: push.maxHops }),
    format: push.format,
    isReporting: push.reportBatchItemFailures,
  };
}

/** The request that the form asks for, or what is wrong with it. The server checks ranges and targets. */
export function parsePush(form: PushForm): { readonly request: PutSubscriptionRequest } | { readonly error: string } {
  const target = form.target.trim();
  const [batchSize, maxConcurrency] = [form.batch, form.concurrency].map(wholeNumberOf);
  const [batchWindowSeconds, targetSeconds] = [form.window, form.timeout].map(parseSecondsField);
  const visibilitySeconds = form.retry.trim() === '' ? null : parseSecondsField(form.retry);
  const rate = parseRate(form.perSecond);
  const filter = parseFilter(form.attributes);
  if (target === '') return { error: 'Say what to call.' };
  if (batchSize === undefined || maxConcurrency === undefined) {
    return { error: 'Messages of a call, and calls at once, are whole numbers from 1 on.' };
  }
  if (batchWindowSeconds === undefined || targetSeconds === undefined || visibilitySeconds === undefined) {
    return { error: 'Spans are whole seconds, like 90s or 5m.' };
  }
  if (rate === undefined) return { error: 'The rate is a whole number of messages a second.' };
  if (filter === undefined) return { error: 'Each line of the filter is name=value.' };
  return {
    request: {
      to: { [form.kind]: target },
      batchSize,
      batchWindowSeconds,
      maxConcurrency,
      targetSeconds,
      ...(visibilitySeconds === null ? {} : { visibilitySeconds }),
      ...rate,
      ...filter,
      ...(form.maxHops === undefined ? {} : { maxHops: form.maxHops }),
      format: form.format,
      reportBatchItemFailures: form.isReporting,
    },
  };
}

const wholeNumberOf = (text: string): number | undefined =>
  /^[1-9]\d{0,5}$/.test(text.trim()) ? Number(text) : undefined;

/** How the calls go, in a sentence. */
export function pushText(push: GetSubscriptionAnswer, nowMs: number): string {
  const { state, failing, running } = push;
  const calls =
    running === 0 ? 'No call is running' : running === 1 ? 'One call is running' : `${running} calls are running`;
  if (state === 'paused') return `${calls}, and none begins until it is resumed. Messages wait in the queue.`;
  if (failing === undefined) return `${calls}.`;
  const leftMs = Date.parse(failing.retryAt) - nowMs;
  const next = leftMs <= 0 ? 'now' : `in ${durationText(leftMs)}`;
  const since = durationText(nowMs - Date.parse(failing.since));
  const many = failing.calls === 1 ? 'The last call' : `The last ${failing.calls} calls`;
  return `${many} failed by the fault of the target (${failing.reason}), since ${since}. The next try is ${next}.`;
}
