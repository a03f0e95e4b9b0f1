import type { AccessKeys, QueueService } from '../engine/index.ts';
import type { EpochMs } from '../model/brand.ts';
import { isAboutKeys } from '../protocols/keys/answer.ts';
import { actionTable } from '../protocols/rest/action-table.ts';
import { ALL_ACTIONS } from '../protocols/rest/actions/index.ts';
import type { AnsweredCall } from './http.ts';
import { KeyCheck } from './key-check.ts';
import { keysHandler, type RestHandler, restHandler, sqsHandler } from './lambda.ts';
import type { Log } from './log.ts';
import { ServerMetrics } from './metrics.ts';
import { metricsHandler, OPEN_METRICS } from './metrics-handler.ts';
import { makeQueues, type QueuesFile } from './queues-file.ts';
import { restByKey } from './required-keys.ts';
import { systemClock } from './system-clock.ts';
import { guardedFromPages, type PageAccess } from './web-pages.ts';

/** How calls of the local server are answered. */
export interface CallOptions {
  /** Calls must be signed with an access key. @default false: everyone who reaches the server may call it */
  readonly requireKeys?: boolean;
  /** What web pages and names may call. @default no page, and the names of this machine */
  readonly pages?: Pick<PageAccess, 'origins' | 'hosts'>;
  /** Queues to make before the first call, where they are not there. @default none */
  readonly queues?: QueuesFile | undefined;
  /** What readers of `/metrics` must show where keys are required. @default none: nobody reads it then */
  readonly metricsToken?: string | undefined;
  /** Told of each call that is over. */
  readonly onAnswered?: ((call: AnsweredCall) => void) | undefined;
}

interface LocalCalls {
  readonly handler: RestHandler;
  readonly onAnswered: (call: AnsweredCall) => void;
}

/** Whose queues the URLs and ARNs of SQS tell of on this machine. */
const OWNER = { account: '000000000000', region: 'us-east-1' };
/** What SQS clients call: the root, and the URLs of queues. */
const SQS_PATH = /^\/+(\d{12}\/+[^/]+\/?)?$/;

/** Puts together what answers the calls of a server on this machine. @throws Error when a queue cannot be made */
export async function openLocalCalls(
  of: {
    readonly service: QueueService;
    readonly keys: AccessKeys;
    readonly startedAtMs: EpochMs;
    readonly log: Log;
  },
  options: CallOptions,
): Promise<LocalCalls> {
  const { service, keys, startedAtMs, log } = of;
  // Signatures carry the time of the wall.
  const check = options.requireKeys === true ? new KeyCheck(keys, systemClock) : undefined;
  const rest = restHandler({ service, startedAtMs, actions: actionTable(ALL_ACTIONS) }, log);
  for (const reason of await makeQueues(rest, options.queues ?? {})) log.warn('queueDiffers', { reason });
  const metrics = new ServerMetrics(service);
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
  return {
    handler: guardedFromPages(served, { origins, hosts, isKeyed: check !== undefined }),
    onAnswered: (call) => {
      metrics.note(call);
      options.onAnswered?.(call);
    },
  };
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
