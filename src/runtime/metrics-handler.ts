import { createHash, timingSafeEqual } from 'node:crypto';
import { QueueError } from '../model/errors.ts';
import type { RestHandler } from './lambda.ts';
import type { ServerMetrics } from './metrics.ts';

/** The metrics need no token. */
export const OPEN_METRICS = Symbol('open metrics');

/**
 * Answers `GET /metrics`. Prometheus signs nothing, so if calls are signed it needs a token.
 * @param refusing - renders a refusal in the form of REST
 * @param token - `undefined`: every call is refused
 */
export function metricsHandler(
  metrics: ServerMetrics,
  refusing: RestHandler,
  token: string | typeof OPEN_METRICS | undefined,
): RestHandler {
  return async (event, context) => {
    const { method } = event.requestContext.http;
    // REST renders a refusal; it knows nothing at this path.
    if (event.refused !== undefined || (method !== 'GET' && method !== 'HEAD')) return await refusing(event, context);
    if (token !== OPEN_METRICS && !isShown(token, event.headers['authorization'])) {
      return await refusing({ ...event, refused: token === undefined ? NO_TOKEN : WRONG_TOKEN }, context);
    }
    const { type, text } = await metrics.render();
    return { statusCode: 200, headers: { 'content-type': type }, body: text };
  };
}

const NO_TOKEN = new QueueError(
  'AccessDenied',
  'calls must be signed, which Prometheus does not do; start the server with REWINDMQ_METRICS_TOKEN to let it in',
);
const WRONG_TOKEN = new QueueError('AccessDenied', 'the header Authorization must be Bearer and the metrics token');

function isShown(token: string | undefined, authorization: string | undefined): boolean {
  if (token === undefined || authorization === undefined) return false;
  return timingSafeEqual(digest(`Bearer ${token}`), digest(authorization));
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
