/** A request in the one form that clients of an API send, as bytes that arrived together. */
export interface PlainRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** Longer heads are left to `node:http`, which has a limit of its own. */
const HEAD_BYTES_MAX = 8_192;
const HEAD_END = Buffer.from('\r\n\r\n');
const REQUEST_LINE = /^(GET|POST|PUT|PATCH|DELETE) (\/[!-~]*) HTTP\/1\.1$/;
/** A token of RFC 9110, and a value of visible ASCII, spaces and tabs. No byte fits two parts: time is linear. */
const HEADER_LINE = /^([\w!#$%&'*+.^`|~-]+):([ -~\t]*)$/;
const LENGTH = /^\d{1,8}$/;
/** These change where a message ends, or what happens to the connection. */
const LEFT_TO_NODE = new Set(['transfer-encoding', 'connection', 'expect', 'upgrade', 'trailer', 'te']);
const KEEP_ALIVE = /^keep-alive$/i;

/**
 * Reads bytes that are exactly one whole request in its plainest form. It takes less than the standard allows: other
 * forms, and everything that is no request, are for a full parser to read, or to refuse.
 *
 * @returns `undefined` when the bytes are anything else: part of a request, more than one, or a rarer form
 */
export function plainRequestIn(bytes: Buffer): PlainRequest | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd === -1 || headEnd > HEAD_BYTES_MAX) return undefined;
  const lines = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const [, method = '', target = ''] = REQUEST_LINE.exec(lines[0] ?? '') ?? [];
  if (method === '') return undefined;
  const headers = headersIn(lines);
  if (headers?.['host'] === undefined) return undefined;
  const body = bytes.subarray(headEnd + HEAD_END.length);
  const { 'content-length': length = '0' } = headers;
  return LENGTH.test(length) && Number(length) === body.length ? { method, target, headers, body } : undefined;
}

/** @param lines - the first one is no header */
function headersIn(lines: readonly string[]): Record<string, string | undefined> | undefined {
  const headers: Record<string, string | undefined> = {};
  for (let index = 1; index < lines.length; index++) {
    const found = HEADER_LINE.exec(lines[index] ?? '');
    if (found === null) return undefined;
    const name = (found[1] ?? '').toLowerCase();
    const value = (found[2] ?? '').trim();
    const isPlain = name === 'connection' ? KEEP_ALIVE.test(value) : !LEFT_TO_NODE.has(name);
    // What a repetition means depends on the header. `__proto__` is no name of a plain object.
    if (!isPlain || headers[name] !== undefined || name === '__proto__') return undefined;
    headers[name] = value;
  }
  return headers;
}
