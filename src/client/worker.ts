import { MESSAGES_PER_RECEIVE_MAX } from '../model/limits.ts';
import type { ReceivedMessage, ReceiveMessagesRequest } from './api.d.ts';
import { RewindMqError } from './errors.ts';
import type { Host } from './host.ts';
import { Leases } from './leases.ts';
import type { Queue } from './queue.ts';

export interface WorkerOptions {
  /** Calls of the handler at once. @default 10 */
  readonly concurrency?: number;
  /** How long a message is held without a heartbeat. @default 30 */
  readonly visibilitySeconds?: number;
  /** How often the leases of held messages are renewed, all in one call. @default a third of `visibilitySeconds` */
  readonly heartbeatSeconds?: number;
  /** How long an empty receive waits, 0 to 20. @default 20 */
  readonly waitSeconds?: number;
  /** A failed message comes again after this. @default when its lease ends */
  readonly retrySeconds?: number;
  /** Gets the handler's errors with their messages, and failed calls that are retried later. */
  readonly onError: (error: unknown, messages: readonly ReceivedMessage[]) => void;
}

export interface WorkContext {
  /** Aborts when another consumer got a message of this call, and when the worker stops with `abort`. */
  readonly signal: AbortSignal;
}

/** A message is deleted when this resolves, and comes again when it rejects. */
export type Handler = (message: ReceivedMessage, context: WorkContext) => Promise<unknown>;

/** Resolves with the messages that should come again, all of them if it rejects; the others are deleted. */
export type BatchHandler = (
  messages: readonly ReceivedMessage[],
  context: WorkContext,
) => Promise<{ readonly failed: readonly ReceivedMessage[] } | undefined | void>;

export interface Worker {
  /**
   * Stops receiving at once, and resolves when handlers have ended and their messages are deleted. `abort` also signals
   * the handlers. A message that arrives meanwhile is given back. What a deployment leases for the receive that was
   * left comes again when its lease ends.
   */
  stop(options?: { readonly abort?: boolean }): Promise<void>;
  /** Rejects when the server refuses for good: no such queue, no right. */
  readonly done: Promise<void>;
}

/** Hands each message of the queue to `handler`. Deletes go with the next receive where it comes soon. */
export function worker(queue: Queue, handler: Handler, options: WorkerOptions): Worker {
  const one: BatchHandler = async ([message], context) => {
    if (message !== undefined) await handler(message, context);
  };
  return batchWorker(queue, one, { ...options, size: 1 });
}

/** Hands up to `size` messages at once to `handler`, which may fail some of them. */
export function batchWorker(
  queue: Queue,
  handler: BatchHandler,
  options: WorkerOptions & { readonly size: number },
): Worker {
  return new Work(queue, handler, options);
}

/** Pause after a call failed in all its tries. */
const REST_MS = 5_000;

class Work implements Worker {
  readonly done: Promise<void>;
  readonly #handler: BatchHandler;
  readonly #options: WorkerOptions & { readonly size: number };
  readonly #leases: Leases;
  readonly #host: Host;
  readonly #underWork = new Set<Promise<void>>();
  /** Ends the loop and its waits. */
  readonly #stopping = new AbortController();
  /** Ends handlers too. */
  readonly #aborting = new AbortController();

  constructor(queue: Queue, handler: BatchHandler, options: WorkerOptions & { readonly size: number }) {
    this.#handler = handler;
    this.#options = options;
    this.#host = queue.host;
    this.#leases = new Leases(queue, options);
    this.done = this.#run();
  }

  async stop({ abort = false }: { readonly abort?: boolean } = {}): Promise<void> {
    this.#stopping.abort();
    if (abort) this.#aborting.abort();
    await this.done;
  }

  async #run(): Promise<void> {
    try {
      while (!this.#stopping.signal.aborted) await this.#receive();
    } finally {
      await Promise.all(this.#underWork);
      await this.#leases.close();
    }
  }

  async #receive(): Promise<void> {
    const { concurrency = 10, size, waitSeconds = 20, visibilitySeconds = 30 } = this.#options;
    const free = concurrency - this.#underWork.size;
    if (free <= 0) {
      await Promise.race(this.#underWork);
      return;
    }
    const max = Math.min(free * size, MESSAGES_PER_RECEIVE_MAX);
    const messages = await this.#tryReceive({ max, waitSeconds, visibilitySeconds });
    if (this.#stopping.signal.aborted) {
      await this.#leases.giveBack(messages);
      return;
    }
    for (let start = 0; start < messages.length; start += size) this.#begin(messages.slice(start, start + size));
  }

  /** Reports and retries temporary failures; any other ends the worker. */
  async #tryReceive(request: ReceiveMessagesRequest): Promise<readonly ReceivedMessage[]> {
    const { signal } = this.#stopping;
    try {
      return await this.#leases.receive(request, { signal });
    } catch (error) {
      if (signal.aborted) return [];
      if (!isPassing(error)) throw error;
      this.#options.onError(error, []);
      await this.#host.sleep(REST_MS, signal).catch(() => {});
      return [];
    }
  }

  #begin(messages: readonly ReceivedMessage[]): void {
    const work: Promise<void> = this.#handle(messages).finally(() => this.#underWork.delete(work));
    this.#underWork.add(work);
  }

  async #handle(messages: readonly ReceivedMessage[]): Promise<void> {
    const lost = this.#leases.hold(messages);
    const signal = AbortSignal.any([lost, this.#aborting.signal]);
    let failed: readonly ReceivedMessage[] = [];
    try {
      failed = (await this.#handler(messages, { signal }))?.failed ?? [];
    } catch (error) {
      failed = messages;
      this.#options.onError(error, messages);
    }
    this.#leases.end({ done: messages.filter((one) => !failed.includes(one)), failed });
  }
}

/** A refusal of the request itself would repeat; every other failure may pass. */
const isPassing = (error: unknown): boolean =>
  error instanceof RewindMqError && (error.status < 400 || error.status >= 500 || error.code === 'throttled');
