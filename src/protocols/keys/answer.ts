import type { AccessKeys, NewKey } from '../../engine/index.ts';
import { type AccessKey, QUEUE_SCOPE_PATTERN, QUEUE_SCOPES_MAX, RIGHTS, type Right } from '../../model/access-key.ts';
import { QueueError } from '../../model/errors.ts';
import type { HttpEvent, HttpResult } from '../../ports/http-event.ts';

/** The fields read from an event. */
type KeysCall = Pick<HttpEvent, 'rawPath' | 'body' | 'isBase64Encoded' | 'requestContext' | 'refused'>;

/** Characters of a note: a line that a person reads in a list. */
const NOTE_LENGTH_MAX = 256;

const KEYS_PATH = /^\/keys(\/|$)/;
export const isAboutKeys = (path: string): boolean => KEYS_PATH.test(path);

/**
 * Answers `POST /keys` `{queues?, rights?, note?}`, `GET /keys` and `DELETE /keys/{id}`, with the refusals of REST. A
 * secret is returned once, when its key is created. The host decides who may call this.
 */
export async function answerKeys(keys: AccessKeys, event: KeysCall): Promise<HttpResult> {
  const { requestId, http } = event.requestContext;
  const [, , id, ...more] = event.rawPath.split('/');
  try {
    if (event.refused !== undefined) throw event.refused;
    if (id === undefined && http.method === 'POST') {
      const { key, secret } = await keys.create(parseNewKey(event));
      return render(201, { ...view(key), secret });
    }
    if (id === undefined && http.method === 'GET') return render(200, { keys: (await keys.list()).map(view) });
    if (id !== undefined && id !== '' && more.length === 0 && http.method === 'DELETE') {
      await keys.revoke(id);
      return { statusCode: 204, headers: {}, body: '' };
    }
    return renderError(405, { code: 'methodNotAllowed', message: `${http.method} is not allowed here`, requestId });
  } catch (refusal) {
    if (!(refusal instanceof QueueError)) throw refusal;
    const { code, message, field } = refusal;
    if (code === 'AccessDenied') return renderError(403, { code: 'accessDenied', message, requestId });
    if (code === 'InvalidField') return renderError(400, { code: 'invalidField', message, field, requestId });
    if (code === 'NotFound') return renderError(404, { code: 'notFound', message, requestId });
    const isThrottled = code === 'Throttled';
    const error = { code: isThrottled ? 'throttled' : 'unavailable', message, requestId };
    return withRetry(renderError(isThrottled ? 429 : 503, error));
  }
}

function parseNewKey({ body = '', isBase64Encoded }: KeysCall): NewKey {
  const text = isBase64Encoded === true ? Buffer.from(body, 'base64').toString() : body;
  const given = parseObject(text === '' ? '{}' : text);
  const unknown = Object.keys(given).find((name) => !['queues', 'rights', 'note'].includes(name));
  if (unknown !== undefined) throw invalid(unknown.slice(0, 60), 'unknown; known are queues, rights, note');
  const { queues = ['*'], rights = RIGHTS, note } = given;
  if (!isListOf(queues, (queue) => typeof queue === 'string' && QUEUE_SCOPE_PATTERN.test(queue))) {
    throw invalid('queues', `a list of 1 to ${QUEUE_SCOPES_MAX} queue names, or starts of names with * behind`);
  }
  if (!isListOf(rights, (right) => (RIGHTS as readonly unknown[]).includes(right))) {
    throw invalid('rights', `a list of some of ${RIGHTS.join(', ')}`);
  }
  if (note !== undefined && (typeof note !== 'string' || note.length > NOTE_LENGTH_MAX)) {
    throw invalid('note', `text of at most ${NOTE_LENGTH_MAX} characters`);
  }
  const key = { queues: queues as readonly string[], rights: rights as readonly Right[] };
  return note === undefined ? key : { ...key, note };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw invalid('body', 'a JSON object');
}

const isListOf = (value: unknown, isOne: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length > 0 && value.length <= QUEUE_SCOPES_MAX && value.every(isOne);

const invalid = (field: string, words: string): QueueError =>
  new QueueError('InvalidField', `${field} must be ${words}`, { field });

function view({ id, queues, rights, createdAtMs, note }: AccessKey): object {
  return {
    id,
    queues,
    rights,
    createdAt: new Date(createdAtMs).toISOString(),
    ...(note === undefined ? {} : { note }),
  };
}

const HEADERS = { 'content-type': 'application/json' };
const render = (statusCode: number, body: object): HttpResult => ({
  statusCode,
  headers: HEADERS,
  body: JSON.stringify(body),
});
const renderError = (statusCode: number, error: object): HttpResult => render(statusCode, { error });
const withRetry = (result: HttpResult): HttpResult => ({ ...result, headers: { ...HEADERS, 'retry-after': '1' } });
