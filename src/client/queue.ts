import type {
  ChangeVisibilityAnswer,
  CreateQueueRequest,
  DeleteMessagesAnswer,
  DeleteQueueAnswer,
  GetHistoryAnswer,
  GetHistoryQuery,
  GetQueueAnswer,
  GetQueueQuery,
  GetRouteAnswer,
  ListRewindsAnswer,
  LookAtMessagesAnswer,
  LookAtMessagesQuery,
  PurgeQueueAnswer,
  Queue as QueueAttributes,
  ReceivedMessage,
  ReceiveMessagesAnswer,
  ReceiveMessagesRequest,
  Rewind,
  SeenMessage,
  SendMessagesAnswer,
  StartRedriveRequest,
  StartRewindAnswer200,
  StartRewindRequest,
  UpdateQueueRequest,
} from './api.d.ts';
import type { Call, Caller, CallOptions } from './caller.ts';
import { RewindMqError } from './errors.ts';
import type { Gatherer } from './gatherer.ts';
import type { Host } from './host.ts';
import { entriesOf } from './pages.ts';
import { RewindJob } from './rewind-job.ts';
import { type NewMessage, SendError, type Sent, sendGatherer } from './send-many.ts';
import { QueueSigningKeys } from './signing-keys.ts';
import { QueueSubscription } from './subscription.ts';

/** Longest wait of a receive without a wait of its own; no queue has a longer one. */
const WAIT_SECONDS_MAX = 20;

/** What `receive` may be asked for. */
type ReceiveRequest = Omit<ReceiveMessagesRequest, 'delete'>;

/** One queue. Creating this object makes no call; see `create`. Every method throws `RewindMqError`. */
export class Queue {
  readonly name: string;
  /** The clock of its workers. */
  readonly host: Host;
  /** What the queue pushes to; makes no call. */
  readonly subscription: QueueSubscription;
  /** What signs the requests to its endpoint; makes no call. */
  readonly signingKeys: QueueSigningKeys;
  /** Gathers messages from many calls. */
  readonly #gatherer: Gatherer<NewMessage, Sent>;
  readonly #caller: Caller;
  readonly #path: string;

  constructor(caller: Caller, name: string) {
    this.name = name;
    this.host = caller.host;
    this.#caller = caller;
    this.#path = `/queues/${encodeURIComponent(name)}`;
    this.subscription = new QueueSubscription(caller, this.#path);
    this.signingKeys = new QueueSigningKeys(caller, this.#path);
    this.#gatherer = sendGatherer(caller, `${this.#path}/messages`);
  }

  /** Creates the queue, or checks that it exists with these attributes; `queueExists` if it has others. */
  create(attributes: CreateQueueRequest = {}, options?: CallOptions): Promise<QueueAttributes> {
    return this.#call('PUT', '', { body: attributes, ...options });
  }

  /** Attributes and counts. `counts: 'recent'` costs no write, and is as of the last report. */
  show({ signal, ...query }: GetQueueQuery & CallOptions = {}): Promise<GetQueueAnswer> {
    return this.#call('GET', '', { query, signal });
  }

  update(changes: UpdateQueueRequest, options?: CallOptions): Promise<QueueAttributes> {
    return this.#call('PATCH', '', { body: changes, ...options });
  }

  /** Deletes the queue. `force`: even if other queues send their dead letters to it. */
  deleteQueue({ force = false, ...options }: CallOptions & { force?: boolean } = {}): Promise<DeleteQueueAnswer> {
    return this.#call('DELETE', '', { query: force ? { force } : {}, ...options });
  }

  /** Undoes the deletion, within an hour; `as` gives the queue another name. */
  restore({ as, ...options }: CallOptions & { as?: string } = {}): Promise<QueueAttributes> {
    return this.#call('POST', '/restore', { body: as === undefined ? {} : { as }, isOnce: true, ...options });
  }

  purge(options?: CallOptions): Promise<PurgeQueueAnswer> {
    return this.#call('POST', '/purge', { isOnce: true, ...options });
  }

  async undoPurge(options?: CallOptions): Promise<void> {
    await this.#call('DELETE', '/purge', { isOnce: true, ...options });
  }

  /** Sends one message in a request of its own and returns its id. A try without an answer may have sent it. */
  async send(message: NewMessage | string, options?: CallOptions): Promise<string> {
    const body = { messages: [typeof message === 'string' ? { body: message } : message] };
    const { messages } = await this.#call<SendMessagesAnswer>('POST', '/messages', { body, ...options });
    if (messages[0] === undefined || 'error' in messages[0]) throw new SendError(messages);
    return messages[0].id;
  }

  /**
   * Sends messages and returns their ids in order. Calls of the same moment share requests of up to 1,000 messages and
   * 4 MiB, so calling this once for each message is cheap too. A wrong message of another call does no harm.
   *
   * @throws SendError when a message was not sent: `outcomes` says which
   */
  async sendMany(messages: readonly (NewMessage | string)[]): Promise<string[]> {
    const outcomes = await Promise.all(
      messages.map((one) => this.#gatherer.add(typeof one === 'string' ? { body: one } : one)),
    );
    const ids = outcomes.flatMap((outcome) => ('id' in outcome ? [outcome.id] : []));
    if (ids.length < outcomes.length) throw new SendError(outcomes);
    return ids;
  }

  /** Receives up to `max` messages, 10 by default. Each is held by its receipt until its lease ends. */
  async receive(request: ReceiveRequest = {}, options?: CallOptions): Promise<readonly ReceivedMessage[]> {
    return (await this.#receive(request, options)).messages;
  }

  /**
   * Deletes up to 1,000 finished messages, then receives, in one call. `failed` names receipts whose messages come
   * again. When nothing could be received after the delete, `receiveError` says why.
   */
  receiveAndDelete(
    receipts: readonly string[],
    request: ReceiveRequest = {},
    options?: CallOptions,
  ): Promise<ReceiveMessagesAnswer> {
    return this.#receive({ ...request, delete: receipts }, options);
  }

  /** Deletes up to 1,000 finished messages. `failed` names receipts whose messages come again. */
  delete(receipts: readonly string[], options?: CallOptions): Promise<DeleteMessagesAnswer> {
    return this.#call('POST', '/delete', { body: { receipts }, ...options });
  }

  /** Holds up to 1,000 messages for this long from now on; 0 releases them. */
  changeVisibility(
    receipts: readonly string[],
    visibilitySeconds: number,
    options?: CallOptions,
  ): Promise<ChangeVisibilityAnswer> {
    return this.#call('POST', '/visibility', { body: { receipts, visibilitySeconds }, ...options });
  }

  /** Lists all messages of one state without a change. Each page is a call. */
  look({ signal, ...query }: Omit<LookAtMessagesQuery, 'cursor'> & CallOptions = {}): AsyncGenerator<SeenMessage> {
    return entriesOf(async (cursor) => {
      const call = { query: { ...query, cursor }, signal };
      const { messages, ...page } = await this.#call<LookAtMessagesAnswer>('GET', '/messages', call);
      return { entries: messages, ...page };
    });
  }

  /**
   * Finds a message in any state; `undefined` if there is none with this id, or it was deleted before `from`. One call,
   * and one more for each part of the archive that a call did not reach.
   */
  async find(id: string, { from, signal }: CallOptions & { from?: string } = {}): Promise<SeenMessage | undefined> {
    const path = `/messages/${encodeURIComponent(id)}`;
    let start = from;
    for (;;) {
      try {
        return await this.#call<SeenMessage>('GET', path, { query: { from: start }, signal });
      } catch (error) {
        if (!(error instanceof RewindMqError) || error.code !== 'notFound') throw error;
        const { complete = true, to } = error.searched ?? {};
        if (complete) return undefined;
        // Without progress the next call would search the same again.
        if (to === start) throw error;
        start = to;
      }
    }
  }

  /** Deletes one message in whatever state it is: for a person. A consumer has receipts. */
  async deleteById(id: string, options?: CallOptions): Promise<void> {
    await this.#call('DELETE', `/messages/${encodeURIComponent(id)}`, options);
  }

  /** Holds a message in flight for this long from now on, for whatever consumer has it; 0 ends its lease. */
  async changeVisibilityById(id: string, visibilitySeconds: number, options?: CallOptions): Promise<void> {
    const path = `/messages/${encodeURIComponent(id)}/visibility`;
    await this.#call('POST', path, { body: { visibilitySeconds }, ...options });
  }

  /** Makes deleted messages available again. Retried automatically only after a refusal. */
  rewind(request: Omit<StartRewindRequest, 'dryRun'>, options?: CallOptions): Promise<RewindJob> {
    return this.#start('/rewinds', request, options);
  }

  /** Counts the messages that such a rewind would bring back. */
  countRewind(request: Omit<StartRewindRequest, 'dryRun'>, options?: CallOptions): Promise<StartRewindAnswer200> {
    return this.#call('POST', '/rewinds', { body: { ...request, dryRun: true }, ...options });
  }

  /** Moves dead letters back to their queues; a job like a rewind. */
  redrive(request: StartRedriveRequest = {}, options?: CallOptions): Promise<RewindJob> {
    return this.#start('/redrive', request, options);
  }

  /** All rewinds and redrives, newest first. Each page is a call. */
  rewinds({ signal, ...query }: CallOptions & { limit?: number } = {}): AsyncGenerator<Rewind> {
    return entriesOf(async (cursor) => {
      const call = { query: { ...query, cursor }, signal };
      const { rewinds, ...page } = await this.#call<ListRewindsAnswer>('GET', '/rewinds', call);
      return { entries: rewinds, ...page };
    });
  }

  /** An earlier rewind or redrive, by its id. */
  rewindJob(id: string): RewindJob {
    return new RewindJob(this.#caller, this.#path, id);
  }

  /** What the queue did and held in the past, step by step; `null` where nothing is known. */
  history({ signal, ...query }: GetHistoryQuery & CallOptions = {}): Promise<GetHistoryAnswer> {
    return this.#call('GET', '/history', { query, signal });
  }

  /** Shards and load, and what the controller does about them. */
  route(options?: CallOptions): Promise<GetRouteAnswer> {
    return this.#call('GET', '/route', options);
  }

  async #start(path: string, body: object, options?: CallOptions): Promise<RewindJob> {
    const { id } = await this.#call<Rewind>('POST', path, { body, isOnce: true, ...options });
    return this.rewindJob(id);
  }

  #receive(request: ReceiveMessagesRequest, options?: CallOptions): Promise<ReceiveMessagesAnswer> {
    const waitMs = (request.waitSeconds ?? WAIT_SECONDS_MAX) * 1_000;
    return this.#call('POST', '/receive', { body: request, waitMs, ...options });
  }

  #call<Answer>(method: Call['method'], path: string, call: Omit<Call, 'method' | 'path'> = {}): Promise<Answer> {
    return this.#caller.call({ method, path: this.#path + path, ...call });
  }
}
