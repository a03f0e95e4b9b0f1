import * as z from 'zod/mini';
import type { QueueService } from '../../engine/index.ts';
import type { EpochMs } from '../../model/brand.ts';
import type { Caller } from '../../ports/caller.ts';
import type { Holders } from '../../ports/holders.ts';
import type { HttpEvent } from '../../ports/http-event.ts';
import type { PushFailures } from '../../ports/push-failures.ts';
import type { QueueHistory } from '../../ports/queue-history.ts';
import type { RestErrorCode } from './errors.ts';
import { fields } from './fields.ts';
import { type Fields, parser } from './parse.ts';

/** What every call needs. */
export interface RestHost {
  readonly service: QueueService;
  /** When this process began to serve. */
  readonly startedAtMs: EpochMs;
  /** @default none: answers about the past are empty */
  readonly history?: QueueHistory;
  /** @default none: answers name no holder */
  readonly holders?: Holders;
  /** @default none: answers name no failures of pushes */
  readonly pushFailures?: PushFailures;
}

/** A call in its wire form: texts of the path and the query, and the body as parsed JSON. */
export interface RestRequest {
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Bytes of the body as received. */
  readonly bodyBytes: number;
  /** By name in lower case. */
  readonly headers: HttpEvent['headers'];
  readonly caller: Caller | undefined;
}

export interface RestAnswer {
  readonly status: number;
  /** Absent for an answer without a body. */
  readonly body?: object;
  /** How long the caller should pause before it asks again; absent: no pause. */
  readonly retryAfterSeconds?: number;
}

export type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';

/** The call's part of the API description. */
export interface Operation {
  /** Stable name of the call, for clients generated from the description. */
  readonly id: string;
  readonly method: Method;
  /** Path with parameters in braces, as API Gateway writes its routes. */
  readonly path: string;
  readonly summary: string;
  readonly input: { readonly path: Fields; readonly query: Fields; readonly body: Fields | undefined };
  /** Whether the call needs a body; without a required field it needs none. */
  readonly isBodyRequired: boolean;
  /** By status; `undefined` for an answer without a body. */
  readonly answers: Readonly<Record<number, z.ZodMiniType | undefined>>;
  /** Refusals besides those of every call, path parameter and body. */
  readonly refusals: readonly RestErrorCode[];
}

/** One call: its description, and how it is answered. */
export interface Action extends Operation {
  run(host: RestHost, request: RestRequest): Promise<RestAnswer>;
}

interface Definition<Path extends Fields, Query extends Fields, Body extends Fields> {
  readonly id: string;
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly input: { readonly path?: Path; readonly query?: Query; readonly body?: Body };
  readonly answers: Readonly<Record<number, z.ZodMiniType | undefined>>;
  readonly refusals?: readonly RestErrorCode[];
  answer(host: RestHost, call: Call<Path, Query, Body>): Promise<RestAnswer>;
}

interface Call<Path extends Fields, Query extends Fields, Body extends Fields> {
  readonly path: z.output<Path>;
  readonly query: z.output<Query>;
  readonly body: z.output<Body>;
  readonly bodyBytes: number;
  readonly headers: HttpEvent['headers'];
  readonly caller: Caller | undefined;
}

const NO_FIELDS = fields({});
type NoFields = typeof NO_FIELDS;

/** Defines a call. Path, query and body are checked, in this order, before `answer` gets them. */
export function action<Path extends Fields = NoFields, Query extends Fields = NoFields, Body extends Fields = NoFields>(
  definition: Definition<Path, Query, Body>,
): Action {
  const { id, method, path, summary, answers, refusals = [], input } = definition;
  const parsePath = input.path === undefined ? undefined : parser(input.path);
  // A call without a query schema checks its query too, so that unknown names are refused.
  const parseQuery = parser(input.query ?? NO_FIELDS);
  const parseBody = input.body === undefined ? undefined : parser(input.body);
  return {
    id,
    method,
    path,
    summary,
    answers,
    refusals,
    input: { path: input.path ?? NO_FIELDS, query: input.query ?? NO_FIELDS, body: input.body },
    isBodyRequired: input.body !== undefined && !z.safeParse(input.body, {}).success,
    run: (host, request) =>
      definition.answer(host, {
        path: parsePath?.(request.path) as z.output<Path>,
        query: parseQuery(request.query) as z.output<Query>,
        body: parseBody?.(request.body) as z.output<Body>,
        bodyBytes: request.bodyBytes,
        headers: request.headers,
        caller: request.caller,
      }),
  };
}
