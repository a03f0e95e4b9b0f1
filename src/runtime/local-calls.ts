import type { AccessKeys, QueueService } from '../engine/index.ts';
import type { EpochMs } from '../model/brand.ts';
import type { Holders } from '../ports/holders.ts';
import type { PushFailures } from '../ports/push-failures.ts';
import type { QueueHistory } from '../ports/queue-history.ts';
import { isAboutKeys } from '../protocols/keys/answer.ts';
import { actionTable } from '../protocols/rest/action-table.ts';
import { ALL_ACTIONS, actionsWithReset } from '../protocols/rest/actions/index.ts';
import { consolePages, type FindConsole, isConsolePath } from './console-pages.ts';
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

/** How the local server answers calls. */
export interface CallOptions {
  /** Calls must be signed with an access key. @default false: everyone who reaches the server may call it */
  readonly requireKeys?: boolean;
  /** The web pages and host names that may call. @default no page, and the names of this machine */
  readonly pages?: Pick<PageAccess, 'origins' | 'hosts'>;
  /** Queues to create before the first call, if they are missing. @default none */
  readonly queues?: QueuesFile | undefined;
  /** Token for `/metrics` when keys are required. @default none: `/metrics` is then closed */
  readonly metricsToken?: string | undefined;
  /** Where the console is. @default no console: `/console` is unknown */
  readonly console?: FindConsole | undefined;
  /** Called for each finished call. */
  readonly onAnswered?: ((call: AnsweredCall) => void) | undefined;
}

/** What the calls of a server on this machine use. */
export interface CalledService {
  readonly service: QueueService;
  readonly keys: AccessKeys;
  readonly startedAtMs: EpochMs;
  readonly metrics: ServerMetrics;
  readonly history: QueueHistory;
  readonly holders: Holders;
  readonly pushFailures: PushFailures;
  readonly log: Log;
  /** Answers `POST /reset`. @default none: a store on disk is not emptied by a call */
  readonly reset?: (() => Promise<void>) | undefined;
}

/** Owner in the SQS URLs and ARNs of this machine. */
export const OWNER = { account: '000000000000', region: 'us-east-1' };
/** Paths of SQS clients: the root, and the URLs of queues. */
const SQS_PATH = /^\/+(\d{12}\/+[^/]+\/?)?$/;

/** Builds the handler for the calls of a server on this machine. @throws Error when a queue cannot be created */
export async function openLocalCalls(of: CalledService, options: CallOptions): Promise<RestHandler> {
  const { service, keys, startedAtMs, metrics, history, holders, pushFailures, log, reset } = of;
  // Signatures carry the wall clock's time.
  const check = options.requireKeys === true ? new KeyCheck(keys, systemClock) : undefined;
  const actions = actionTable(reset === undefined ? ALL_ACTIONS : actionsWithReset(reset));
  const rest = restHandler({ service, startedAtMs, actions, history, holders, pushFailures }, log);
  for (const reason of await makeQueues(rest, options.queues ?? {})) log.warn('queueDiffers', { reason });
  const token = check === undefined ? OPEN_METRICS : options.metricsToken;
  const handlers = {
    rest,
    // Checks keys itself, to refuse in its own form.
    sqs: sqsHandler({ service, ...OWNER }, log, check),
    keys: keysHandler(keys, log),
    metrics: metricsHandler(metrics, rest, token),
    // Files for everyone; what the page calls is checked like any other call.
    pages: options.console === undefined ? rest : consolePages(options.console),
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
  readonly pages: RestHandler;
}

function byPath({ rest, sqs, keys, metrics, pages }: Handlers): RestHandler {
  return (event, context) => {
    const { rawPath } = event;
    if (SQS_PATH.test(rawPath)) return sqs(event, context);
    if (rawPath === '/metrics') return metrics(event, context);
    if (isConsolePath(rawPath)) return pages(event, context);
    return isAboutKeys(rawPath) ? keys(event, context) : rest(event, context);
  };
}

const guarded = ({ rest, keys, ...others }: Handlers, check: KeyCheck): Handlers => ({
  ...others,
  rest: restByKey(rest, check),
  keys: restByKey(keys, check),
});
