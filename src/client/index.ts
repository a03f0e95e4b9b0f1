/**
 * Client of the REST protocol, published as `rewindmq/client`. It needs only `fetch` and WebCrypto, so it runs in Node,
 * Bun, Deno and browsers. Its types are generated from the schemas that check the calls.
 */
import type {
  GetHealthAnswer,
  ListAllRewindsAnswer,
  ListAllRewindsQuery,
  ListCellsAnswer,
  ListHistoryAnswer,
  ListHistoryQuery,
  ListQueuesAnswer,
  ListQueuesQuery,
  ListUsageAnswer,
} from './api.d.ts';
import { Caller, type CallOptions, type ClientOptions } from './caller.ts';
import type { AccessKey, CreatedKey, NewAccessKey } from './keys.ts';
import { entriesOf } from './pages.ts';
import { Queue } from './queue.ts';

export type * from './api.d.ts';
export type { CallOptions, ClientOptions } from './caller.ts';
export { type ErrorCode, RewindMqError } from './errors.ts';
export type { Host } from './host.ts';
export type { AccessKey, CreatedKey, KeyRight, NewAccessKey } from './keys.ts';
export type { RewindJob } from './rewind-job.ts';
export { type NewMessage, SendError, type Sent } from './send-many.ts';
export type { CredentialSource, Credentials } from './signing.ts';
export type { QueueSigningKeys } from './signing-keys.ts';
export type { QueueSubscription } from './subscription.ts';
export {
  type BatchHandler,
  batchWorker,
  type Handler,
  type WorkContext,
  type Worker,
  type WorkerOptions,
  worker,
} from './worker.ts';
export type { Queue };

/** A server: one machine or a deployment. Every method throws `RewindMqError`. */
export class RewindMq {
  readonly #caller: Caller;

  constructor(options: ClientOptions) {
    this.#caller = new Caller(options);
  }

  /** A queue by its name; makes no call. Keep the object: calls of `sendMany` on it share requests. */
  queue(name: string): Queue {
    return new Queue(this.#caller, name);
  }

  /** All queues by name, with their counts where `counts` is `true` or `recent`. Each page is a call. */
  queues({ signal, ...query }: Omit<ListQueuesQuery, 'cursor'> & CallOptions = {}) {
    return entriesOf(async (cursor) => {
      const call = { method: 'GET', path: '/queues', query: { ...query, cursor }, signal } as const;
      const { queues, ...page } = await this.#caller.call<ListQueuesAnswer>(call);
      return { entries: queues, ...page };
    });
  }

  /** Whether all calls are served, and if not, which are refused. */
  health({ signal }: CallOptions = {}): Promise<GetHealthAnswer> {
    return this.#caller.call({ method: 'GET', path: '/health', signal });
  }

  /** The access keys, without their secrets. */
  keys({ signal }: CallOptions = {}): Promise<{ readonly keys: readonly AccessKey[] }> {
    return this.#caller.call({ method: 'GET', path: '/keys', signal });
  }

  /** Creates an access key; no other answer has its secret. */
  createKey(key: NewAccessKey = {}, { signal }: CallOptions = {}): Promise<CreatedKey> {
    return this.#caller.call({ method: 'POST', path: '/keys', body: key, isOnce: true, signal });
  }

  /** Revokes an access key; calls signed with it are refused within 30 s. */
  async revokeKey(id: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#caller.call({ method: 'DELETE', path: `/keys/${encodeURIComponent(id)}`, signal });
  }

  /** The newest rewinds and redrives of all queues, 100 by default. */
  rewinds({ signal, ...query }: ListAllRewindsQuery & CallOptions = {}): Promise<ListAllRewindsAnswer> {
    return this.#caller.call({ method: 'GET', path: '/rewinds', query, signal });
  }

  /** What all queues did and held in the past, in short. */
  history({ signal, ...query }: ListHistoryQuery & CallOptions = {}): Promise<ListHistoryAnswer> {
    return this.#caller.call({ method: 'GET', path: '/history', query, signal });
  }

  /** Calls and messages of each day, for thirteen months, and what they would cost on AWS. */
  usage({ signal }: CallOptions = {}): Promise<ListUsageAnswer> {
    return this.#caller.call({ method: 'GET', path: '/usage', signal });
  }

  /** The cells with their load. */
  cells({ signal }: CallOptions = {}): Promise<ListCellsAnswer> {
    return this.#caller.call({ method: 'GET', path: '/cells', signal });
  }
}
