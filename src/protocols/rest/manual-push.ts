/** What readers of the API description get about an operation, beside its schemas. */
export interface ManualEntry {
  readonly description: string;
  /** A valid request body. */
  readonly request?: object;
  /** A body of its answer, with its first successful status. */
  readonly answer?: object;
}

const SUBSCRIBED = {
  to: { lambda: 'file:handlers/orders.mjs#handler' },
  batchSize: 10,
  batchWindowSeconds: 0,
  maxConcurrency: 10,
  targetSeconds: 60,
  maxHops: 100,
  format: 'sqs',
  reportBatchItemFailures: true,
};
const SUBSCRIPTION = { ...SUBSCRIBED, state: 'active', running: 2, filtered: 0 };

const SIGNING_KEY = { id: 'h3kZ0sVq81xE', prefix: 'whsec_Xk9f', createdAt: '2026-11-22T16:00:00.000Z' };

/** Entries of the calls about pushing. */
export const PUSH_MANUAL: Readonly<Record<string, ManualEntry>> = {
  putSubscription: {
    description:
      'From now on the queue calls the target with batches of its messages. A message is deleted when an answer says ' +
      'that it is done; see docs/push.md for every other end. Plain receives go on beside it. Answers 201 for a new ' +
      'subscription, else 200. One that is paused stays so.',
    request: { to: SUBSCRIBED.to, batchSize: 10, reportBatchItemFailures: true },
    answer: SUBSCRIPTION,
  },
  getSubscription: {
    description:
      '`state` is `failing` while the target is at fault: then one call at a time tries whether it is back, each ' +
      'later than the one before, and `failing` says why and when. `running` counts calls that may be running. A ' +
      'server on one machine remembers `lastFailures`, 20 at most, until it ends.',
    answer: {
      ...SUBSCRIPTION,
      state: 'failing',
      running: 0,
      failing: {
        calls: 3,
        since: '2026-11-22T16:00:00.000Z',
        retryAt: '2026-11-22T16:00:07.000Z',
        reason: 'notConnected',
      },
    },
  },
  deleteSubscription: {
    description: 'Nothing new begins. Calls that run may end, and their messages are deleted.',
    answer: {},
  },
  pauseSubscription: {
    description:
      'Nothing new begins; calls that run may end. Messages wait in the queue. A subscription pauses itself, with ' +
      '`pausedBy`, when a message comes round as often as `maxHops`.',
    request: {},
    answer: { ...SUBSCRIPTION, state: 'paused', pausedAt: '2026-11-22T16:00:00.000Z' },
  },
  resumeSubscription: {
    description: 'Goes on. A target that was at fault is tried at once.',
    request: {},
    answer: SUBSCRIPTION,
  },
  createSigningKey: {
    description:
      'From now on each request to the endpoint of the queue has a signature by this key too; see docs/webhooks.md. ' +
      'Only this answer has the secret. A queue may have five keys, and keeps them without a subscription.',
    request: {},
    answer: { ...SIGNING_KEY, secret: 'whsec_Xk9fEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE' },
  },
  listSigningKeys: {
    description: 'The oldest first. `prefix` is the beginning of the secret.',
    answer: { keys: [SIGNING_KEY] },
  },
  deleteSigningKey: {
    description: 'On AWS it may still sign for 10 s. Without keys requests are not signed.',
    answer: {},
  },
};
