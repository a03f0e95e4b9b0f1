import { type ClientOptions, type Host, RewindMq } from '../../src/client/index.ts';

/** One request that a client made. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

type Answer = { readonly status: number; readonly body?: unknown; readonly retryAfter?: string } | Error;

/** A client of a server that gives these answers, the last one again and again, in a time that passes at once. */
export function givenAnswers(...answers: readonly Answer[]) {
  const asked: Asked[] = [];
  const pauses: number[] = [];
  const host: Host = {
    async fetch(url, { method = '', body }) {
      const answer = answers[Math.min(asked.length, answers.length - 1)];
      asked.push({ method, path: url.pathname + url.search, body: typeof body === 'string' ? JSON.parse(body) : body });
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('no answer is given');
      const headers = answer.retryAfter === undefined ? {} : { 'retry-after': answer.retryAfter };
      return new Response(JSON.stringify(answer.body ?? {}), { status: answer.status, headers });
    },
    random: () => 0.5,
    async sleep(ms) {
      pauses.push(ms);
    },
  };
  const client = (more: Partial<ClientOptions> = {}) => new RewindMq({ url: 'http://queue.test/base', host, ...more });
  return { asked, pauses, client, queue: client().queue('orders') };
}

export const refused = (status: number, code: string, more: { field?: string; retryAfter?: string } = {}) => ({
  status,
  ...(more.retryAfter === undefined ? {} : { retryAfter: more.retryAfter }),
  body: { error: { code, message: `${more.field ?? 'it'} is refused`, field: more.field, requestId: 'r' } },
});
