import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { expect, vi } from 'vitest';
import * as z from 'zod/mini';
import { ALL_ACTIONS } from '../../src/protocols/rest/actions/index.ts';
import type { MESSAGE_STATES } from '../../src/protocols/rest/messages.ts';
import { ErrorAnswer } from '../../src/protocols/rest/openapi.ts';

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface Refused {
  readonly error: { readonly code: string; readonly message: string; readonly field?: string };
}

export interface Attribute {
  readonly type: string;
  readonly value: string;
}

export interface NewMessage {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly delaySeconds?: number;
  readonly deliverAt?: string;
}

export interface Received {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly receipt: string;
  readonly sentAt: string;
  readonly firstReceivedAt: string;
  readonly receiveCount: number;
}

export interface Seen {
  readonly id: string;
  readonly state: (typeof MESSAGE_STATES)[number];
  readonly body: string;
  readonly receiveCount: number;
  readonly sentAt: string;
  readonly visibleAt: string;
}

export interface QueueAnswer {
  readonly name: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly oldestReadyAgeSeconds: number;
  readonly [attribute: string]: unknown;
}

/** Calls a server like any client, and checks every answer against the schema of its call. */
export class RestClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url.replace(/\/$/, '');
  }

  /** Text is sent unchanged, everything else as JSON. */
  async call<Body = Refused>(
    method: string,
    path: string,
    body?: unknown,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Answer<Body>> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(this.#url + path, {
      ...options,
      method,
      ...(body === undefined ? {} : { body: isRaw ? (body as string) : JSON.stringify(body) }),
      headers: { 'content-type': 'application/json' },
    });
    const text = await response.text();
    const answer = text === '' ? undefined : (JSON.parse(text) as unknown);
    if (method !== 'HEAD' && !isOfGateway(answer)) expectToFit(method, path, { status: response.status, answer });
    return { status: response.status, headers: response.headers, body: answer as Body };
  }

  /** Creates a queue under an unused name. */
  async newQueue(attributes: object = {}): Promise<QueueClient> {
    const queue = new QueueClient(this, unusedName());
    const { status } = await this.call('PUT', queue.path, attributes);
    expect(status).toBe(201);
    return queue;
  }
}

export const unusedName = (): string => `test-${randomBytes(9).toString('base64url')}`;

/** Tries until it holds, for effects that may lag. Pauses long enough to leave a deployment room for the work. */
export const eventually = (holds: () => Promise<void>): Promise<void> =>
  vi.waitFor(holds, { timeout: 50_000, interval: 200 });

/** One queue. */
export class QueueClient {
  readonly name: string;
  readonly path: string;
  readonly #rest: RestClient;

  constructor(rest: RestClient, name: string) {
    this.#rest = rest;
    this.name = name;
    this.path = `/queues/${name}`;
  }

  /** Sends and returns the ids. */
  async send(...messages: readonly (NewMessage | string)[]): Promise<string[]> {
    const body = { messages: messages.map((one) => (typeof one === 'string' ? { body: one } : one)) };
    const answer = await this.#rest.call<{ messages: { id: string }[] }>('POST', `${this.path}/messages`, body);
    expect(answer).toMatchObject({ status: 200 });
    return answer.body.messages.map(({ id }) => id);
  }

  async receive(options: object = {}, signal?: AbortSignal): Promise<readonly Received[]> {
    const with_ = signal === undefined ? {} : { signal };
    const answer = await this.#rest.call<{ messages: Received[] }>('POST', `${this.path}/receive`, options, with_);
    expect(answer.status).toBe(200);
    return answer.body.messages;
  }

  /** Receives until this many messages have come: one answer may hold fewer, because it asks few shards. */
  async receiveAll(count: number, options: object = {}): Promise<Received[]> {
    const messages: Received[] = [];
    while (messages.length < count) {
      const more = await this.receive({ max: 1_000, waitSeconds: 20, ...options });
      expect(more, `${messages.length} of ${count} messages came`).not.toEqual([]);
      messages.push(...more);
    }
    return messages;
  }

  /** The only message. */
  async receiveOne(options: object = {}): Promise<Received> {
    const [message] = await this.receiveAll(1, options);
    if (message === undefined) throw new Error('no message came');
    return message;
  }

  async delete(...receipts: readonly string[]) {
    type Deleted = { deleted: number; failed: { receipt: string; error: { code: string } }[] };
    return (await this.#rest.call<Deleted>('POST', `${this.path}/delete`, { receipts })).body;
  }

  async changeVisibility(visibilitySeconds: number, ...receipts: readonly string[]) {
    type Changed = { changed: number; failed: { receipt: string; error: { code: string } }[] };
    const body = { receipts, visibilitySeconds };
    return (await this.#rest.call<Changed>('POST', `${this.path}/visibility`, body)).body;
  }

  async show(): Promise<QueueAnswer> {
    return (await this.#rest.call<QueueAnswer>('GET', this.path)).body;
  }

  /** Counts other than 0. */
  async counts(): Promise<Record<string, number>> {
    const { counts } = await this.show();
    return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
  }

  /** Asks until the counts other than 0 are these. */
  async untilCounts(expected: Record<string, number>): Promise<void> {
    await eventually(async () => expect(await this.counts()).toEqual(expected));
  }

  /** Looks page by page until the end. */
  async look(query: { state?: string; limit?: string; from?: string; cursor?: string } = {}): Promise<Seen[]> {
    type Page = { messages: Seen[]; cursor?: string };
    const path = `${this.path}/messages?${new URLSearchParams(query).toString()}`;
    const { status, body } = await this.#rest.call<Page>('GET', path);
    expect(status).toBe(200);
    if (query.limit !== undefined) expect(body.messages.length).toBeLessThanOrEqual(Number(query.limit));
    if (body.cursor === undefined) return [...body.messages];
    return [...body.messages, ...(await this.look({ ...query, cursor: body.cursor }))];
  }
}

/** API Gateway's own answer if no route leads to a function. */
export const isOfGateway = (answer: unknown): boolean => isDeepStrictEqual(answer, { message: 'Not Found' });

function expectToFit(method: string, path: string, { status, answer }: { status: number; answer: unknown }): void {
  const schema = status < 400 ? schemaOf(method, path, status) : ErrorAnswer;
  if (answer === undefined && schema === undefined) return;
  const result = z.safeParse(schema ?? z.undefined(), answer);
  expect(result.error?.issues ?? [], `${method} ${path} → ${status}: ${JSON.stringify(answer)?.slice(0, 500)}`).toEqual(
    [],
  );
}

function schemaOf(method: string, path: string, status: number): z.ZodMiniType | undefined {
  const segments = path.split('?')[0]?.split('/') ?? [];
  const action = ALL_ACTIONS.find((one) => {
    const pattern = one.path.split('/');
    const isSame = (word: string, index: number) => word.startsWith('{') || word === segments[index];
    return one.method === method && pattern.length === segments.length && pattern.every(isSame);
  });
  expect(Object.keys(action?.answers ?? {}), `statuses of ${method} ${path}`).toContain(String(status));
  return action?.answers[status];
}
