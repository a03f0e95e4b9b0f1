import { setTimeout as sleep } from 'node:timers/promises';

/** The outcome of a call of the REST API. */
export interface Answer<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
}

export type Call = <Body = unknown>(method: string, path: string, body?: object) => Promise<Answer<Body>>;

/** Calls the server at an address, with further headers. */
export const callerOf =
  (url: string, further: Readonly<Record<string, string>> = {}): Call =>
  async (method, path, body) => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json', ...further },
      ...sent,
    });
    const text = await answer.text();
    const parsed: unknown = text === '' ? undefined : JSON.parse(text);
    return { status: answer.status, headers: answer.headers, text, body: parsed as never };
  };

const TRIES_MAX = 10;

/** Calls like a client that retries when asked to: for the preparation of what is shown. */
export const patientCallerOf = (url: string): Call => {
  const call = callerOf(url);
  return async (method, path, body) => {
    for (let tries = 1; ; tries++) {
      const answer = await call(method, path, body);
      const retryAfter = answer.headers.get('retry-after');
      if (retryAfter === null || tries === TRIES_MAX) return answer as Answer<never>;
      await sleep(Number(retryAfter) * 1_000);
    }
  };
};

export interface Received {
  readonly messages: readonly { readonly body: string; readonly receipt: string }[];
}

export interface Sent {
  readonly messages: readonly { readonly id: string }[];
}
