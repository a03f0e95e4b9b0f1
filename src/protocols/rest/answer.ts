import type { Caller } from '../../ports/caller.ts';
import type { HttpEvent, HttpResult } from '../../ports/http-event.ts';
import type { Action, RestAnswer, RestHost } from './action.ts';
import { type ActionTable, nothingAt } from './action-table.ts';
import { isTemporary, REST_ERRORS, RETRY_AFTER_SECONDS, Refusal, toRefusal } from './errors.ts';
import { readJson } from './json.ts';
import { readQuery } from './query.ts';

const JSON_HEADERS = { 'content-type': 'application/json' };
const NO_HEADERS = {};

/**
 * Answers one call: routes it, checks it, asks the engine, and renders the answer or the refusal.
 *
 * Refusals are rendered here, so that every host gives identical bytes.
 *
 * @throws any other error: a bug, which the host logs and answers with {@link internalError}
 */
export async function answerRest(
  host: RestHost & { readonly actions: ActionTable },
  event: HttpEvent,
  caller?: Caller,
): Promise<HttpResult> {
  try {
    if (event.refused !== undefined) throw event.refused;
    const { action, path } = host.actions.find(event);
    const { headers } = event;
    const query = readQuery(event.rawQueryString);
    return render(await action.run(host, { path, caller, headers, query, ...bodyOf(action, event) }));
  } catch (error) {
    const refusal = toRefusal(error);
    if (refusal === undefined) throw error;
    return renderRefusal(refusal, event.requestContext.requestId);
  }
}

/** The answer to a call that no route of a gateway takes. */
export const answerUnrouted = ({ rawPath, requestContext }: HttpEvent): HttpResult =>
  renderRefusal(nothingAt(rawPath), requestContext.requestId);

/** The answer to a call that met a bug: it reveals only the id in the log. */
export function internalError(requestId: string): HttpResult {
  const message = 'the call failed for a reason of the server; it may or may not have had its effect';
  return renderError(REST_ERRORS.internalError, { error: { code: 'internalError', message, requestId } });
}

const FOREIGN_EVENT = new Refusal('invalidField', 'requestContext.http is missing; the event must be an HTTP request', {
  field: 'requestContext.http',
});

/** Refuses an event that is no HTTP request of payload format 2.0: a function can be invoked with anything. */
export const refuseForeign = (event: HttpEvent): HttpResult | undefined =>
  isRestEvent(event) ? undefined : renderRefusal(FOREIGN_EVENT, 'none');

function isRestEvent(event: Partial<HttpEvent> | null | undefined): event is HttpEvent {
  return (
    typeof event?.rawPath === 'string' &&
    typeof event.rawQueryString === 'string' &&
    typeof event.headers === 'object' &&
    typeof event.requestContext?.http?.method === 'string'
  );
}

function bodyOf(action: Action, event: HttpEvent): { body: unknown; bodyBytes: number } {
  if (action.input.body === undefined) return { body: undefined, bodyBytes: 0 };
  const json = readJson(event);
  if (json !== undefined) return { body: json.value, bodyBytes: json.bytes };
  // An empty body counts as {} if no field is required, which helps people who type calls by hand.
  if (!action.isBodyRequired) return { body: {}, bodyBytes: 0 };
  throw new Refusal('invalidJson', 'the body is empty; it must be a JSON object');
}

function render({ status, body, retryAfterSeconds }: RestAnswer): HttpResult {
  if (body === undefined) return { statusCode: status, headers: NO_HEADERS, body: '' };
  const headers =
    retryAfterSeconds === undefined ? JSON_HEADERS : { ...JSON_HEADERS, 'retry-after': String(retryAfterSeconds) };
  return { statusCode: status, headers, body: JSON.stringify(body) };
}

function renderRefusal(refusal: Refusal, requestId: string): HttpResult {
  const { code, message, field, beside } = refusal;
  const status = REST_ERRORS[code];
  const headers = isTemporary(code) ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : refusal.headers;
  const error = field === undefined ? { code, message, requestId } : { code, message, field, requestId };
  return renderError(status, { error, ...beside }, headers);
}

function renderError(
  statusCode: number,
  body: object,
  headers: Readonly<Record<string, string>> = NO_HEADERS,
): HttpResult {
  return { statusCode, headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify(body) };
}
