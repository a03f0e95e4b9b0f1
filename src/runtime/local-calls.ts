import type { AccessKeys, QueueService } from '../engine/index.ts';
import type { EpochMs } from '../model/brand.ts';
import { isAboutKeys } from '../protocols/keys/answer.ts';
import { actionTable } from '../protocols/rest/action-table.ts';
import { ALL_ACTIONS, actionsWithReset } from '../protocols/rest/actions/index.ts';
import type { AnsweredCall } from './http.ts';
import { KeyCheck } from './key-check.ts';
import { keysHandler, type RestHandler, restHandler, sqsHandler } from './lambda.ts';
import type { Log } from './log.ts';
import type { ServerMetrics } from './metrics.ts';
import { metricsHandler, OPEN_METRICS } from './metrics-handler.ts';
import { makeQueues, type QueuesFile } from './queues-file.ts';
import { restByKey } from './required-keys.ts';
import { systemClock } from './system-clock.ts';
import { guardedFromPages, type PageAccess } from './web-pages.ts';

/** How calls of the local server are answered. */
export interface CallOptions {
  /** Calls must be signed with an access key. @default false: every caller that reaches the server may call it */
  readonly requireKeys?: boolean;
  /** What web pages and names may call. @default no page, and the names of this machine */
  readonly pages?: Pick<PageAccess, 'origins' | 'hosts'>;
  /** Queues to make before the first call, where they are not there. @default none */
  readonly queues?: QueuesFile | undefined;
  /** Token for `/metrics` where keys are required. @default none: `/metrics` is then closed */
  readonly metricsToken?: string | undefined;
  /** Told of each call that is over. */
  readonly onAnswered?: ((call: AnsweredCall) => void) | undefined;
}

/** What the calls of a server on this machine are about. */
export interface CalledService {
  readonly service: QueueService;
  readonly keys: AccessKeys;
  readonly startedAtMs: EpochMs;
  readonly metrics: ServerMetrics;
  readonly log: Log;
  /** Answers `POST /reset`. @default none: what is on disk is not emptied at once */
  readonly reset?: (() => Promise<void>) | undefined;
}

/** Whose queues the URLs and ARNs of SQS tell of on this machine. */
const OWNER = { account: '000000000000', region: 'us-east-1' };
/** What SQS clients call: the root, and the URLs of queues. */
const SQS_PATH = /^\/+(\d{12}\/+[^/]+\/?)?$/;

/** Puts together what answers the calls of a server on this machine. @throws Error when a queue cannot be made */
export async function openLocalCalls(of: CalledService, options: CallOptions): Promise<RestHandler> {
  const { service, keys, startedAtMs, metrics, log, reset } = of;
  // Signatures carry the time of the wall.
  const check = options.requireKeys === true ? new KeyCheck(keys, systemClock) : undefined;
  const actions = actionTable(reset === undefined ? ALL_ACTIONS : actionsWithReset(reset));
  const rest = restHandler({ service, startedAtMs, actions }, log);
  for (const reason of await makeQueues(rest, options.queues ?? {})) log.warn('queueDiffers', { reason });
  const token = check === undefined ? OPEN_METRICS : options.metricsToken;
  const handlers = {
    rest,
    // It checks keys itself, to refuse in its own words.
    sqs: sqsHandler({ service, ...OWNER }, log, check),
    keys: keysHandler(keys, log),
    metrics: metricsHandler(metrics, rest, token),
  };
  const served = byPath(check === undefined ? handlers : guarded(handlers, check));
  const { origins, hosts } = options.pages ?? { origins: [], hosts: [] };
  return guardedFromPages(served, { origins, hosts, isKeyed: check !== undefined });
}

interface Handlers {
  readonly rest: RestHandler;
  readonly sqs: RestHandler;
  readonly keys: RestHandler;
  readonly metrics: RestHandler;
}

function byPath({ rest, sqs, keys, metrics }: Handlers): RestHandler {
  return (event, context) => {
    const { rawPath } = event;
    if (SQS_PATH.test(rawPath)) return sqs(event, context);
    if (rawPath === '/metrics') return metrics(event, context);
    return isAboutKeys(rawPath) ? keys(event, context) : rest(event, context);
  };
}

const guarded = ({ rest, keys, ...others }: Handlers, check: KeyCheck): Handlers => ({
  ...others,
  rest: restByKey(rest, check),
  keys: restByKey(keys, check),
});
