import { errorOfAnswer, RewindMqError } from './errors.ts';
import { type Host, MACHINE } from './host.ts';
import { type CredentialSource, type Sign, signer } from './signing.ts';

export interface ClientOptions {
  /** Address of the server, like `http://127.0.0.1:4100` or the output `Url` of a deployment. */
  readonly url: string;
  /** Signs every call; without them calls are not signed. */
  readonly credentials?: CredentialSource;
  /** AWS Region for the signature. @default the one in the host name of `url` */
  readonly region?: string;
  /** Tries of one call before its error is thrown, including the first. @default 5 */
  readonly tries?: number;
  /** How long one try may take besides the requested wait for messages, in milliseconds. @default 30 000 */
  readonly timeoutMs?: number;
  /** Replaces the runtime environment, in tests. */
  readonly host?: Host;
}

export interface CallOptions {
  /**
   * Ends the call, and the wait before its next try. A receive ends as long as no answer has begun: an answer that has
   * begun is read to its end and returned, because its messages are leased.
   */
  readonly signal?: AbortSignal | undefined;
}

export interface Call extends CallOptions {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: object;
  readonly body?: object;
  /** How long a receive asks the server to wait; absent in other calls. */
  readonly waitMs?: number;
  /** The call is not idempotent, so it is retried only after a refusal. */
  readonly isOnce?: boolean;
}

/** The first pause is at most this long; each further one doubles. */
const PAUSE_MS = 200;
/** Longest pause. */
const PAUSE_MS_MAX = 20_000;

/** Milliseconds before the next try: at least what the server asks for. Clients that failed together spread out. */
export function pauseMs(tries: number, retryAfterMs: number | undefined, random: number): number {
  const backoffMs = Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** (tries - 1));
  return retryAfterMs === undefined ? backoffMs * (0.5 + random / 2) : retryAfterMs + backoffMs * random;
}

/** Makes calls: signs them, and retries those that may succeed later. */
export class Caller {
  readonly host: Host;
  readonly tries: number;
  readonly #url: URL;
  readonly #sign: Sign | undefined;
  readonly #timeoutMs: number;

  constructor({ url, credentials, region, tries = 5, timeoutMs = 30_000, host = MACHINE }: ClientOptions) {
    this.host = host;
    this.tries = tries;
    this.#url = new URL(url.replace(/\/+$/, ''));
    this.#sign = credentials === undefined ? undefined : signer(this.#url, credentials, region);
    this.#timeoutMs = timeoutMs;
  }

  /** @throws RewindMqError, or the reason of the signal */
  async call<Answer>(call: Call): Promise<Answer> {
    for (let tries = 1; ; tries += 1) {
      try {
        return (await this.#try(call)) as Answer;
      } catch (error) {
        if (!(error instanceof RewindMqError) || tries >= this.tries || !isWorthRepeating(error, call)) throw error;
        await this.pause(tries, error.retryAfterMs, call.signal);
      }
    }
  }

  pause(tries: number, retryAfterMs?: number, signal?: AbortSignal): Promise<void> {
    return this.host.sleep(pauseMs(tries, retryAfterMs, this.host.random()), signal);
  }

  async #try({ method, path, query = {}, body, waitMs, signal }: Call): Promise<unknown> {
    const url = new URL(this.#url.pathname.replace(/\/$/, '') + path, this.#url);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    // IAM expects a query sorted by name.
    url.searchParams.sort();
    const text = body === undefined ? undefined : JSON.stringify(body);
    const plain: Record<string, string> = text === undefined ? {} : { 'content-type': 'application/json' };
    const headers = (await this.#sign?.({ method, url, headers: plain, body: text })) ?? plain;
    // Not before: the signal may have aborted while credentials were fetched.
    signal?.throwIfAborted();
    const ending = new AbortController();
    const end = () => ending.abort(signal?.reason);
    signal?.addEventListener('abort', end, { once: true });
    const timeoutMs = this.#timeoutMs + (waitMs ?? 0);
    const timeout = AbortSignal.timeout(timeoutMs);
    const request = {
      method,
      headers,
      signal: AbortSignal.any([ending.signal, timeout]),
      ...(text === undefined ? {} : { body: text }),
    };
    try {
      const response = await this.host.fetch(url, request);
      if (waitMs !== undefined) signal?.removeEventListener('abort', end);
      return readAnswer(response, await response.text());
    } catch (cause) {
      if (cause instanceof RewindMqError) throw cause;
      signal?.throwIfAborted();
      const reason = timeout.aborted ? `within ${timeoutMs} ms` : `(${String(cause)})`;
      throw new RewindMqError({ code: 'unreachable', message: `no answer from ${url.origin} ${reason}`, cause });
    } finally {
      signal?.removeEventListener('abort', end);
    }
  }
}

function readAnswer(response: Response, text: string): unknown {
  if (!response.ok) throw errorOfAnswer(response.status, text, response.headers.get('retry-after'));
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch (cause) {
    const message = `the answer is no JSON: ${text.slice(0, 200)}`;
    throw new RewindMqError({ code: 'unexpectedAnswer', message, status: response.status, cause });
  }
}

/** `throttled` means that nothing was done; the outcome of other errors is unknown. */
function isWorthRepeating({ code }: RewindMqError, { isOnce = false }: Call): boolean {
  if (code === 'throttled') return true;
  return !isOnce && (code === 'unavailable' || code === 'internalError' || code === 'unreachable');
}
