import { RECEIPTS_PER_CALL_MAX } from '../model/limits.ts';
import type { FailedReceipt, ReceivedMessage } from './api.d.ts';
import { Gatherer } from './gatherer.ts';
import type { Queue } from './queue.ts';
import type { WorkerOptions } from './worker.ts';

/** Deletes of messages that end within this time share a request. */
const LINGER_MS = 10;

interface Held {
  readonly message: ReceivedMessage;
  /** Aborts when another consumer got the message. */
  readonly lost: AbortController;
}

/** The messages in a worker's hands: held by heartbeats, then deleted or left to come again. */
export class Leases {
  readonly #queue: Queue;
  readonly #options: WorkerOptions;
  readonly #held = new Map<string, Held>();
  readonly #closing = new AbortController();
  readonly #deletes: Gatherer<string, FailedReceipt | undefined>;
  readonly #heartbeats: Promise<void>;

  constructor(queue: Queue, options: WorkerOptions) {
    this.#queue = queue;
    this.#options = options;
    this.#deletes = new Gatherer({
      send: async (receipts) => {
        const { failed } = await queue.delete(receipts);
        const byReceipt = new Map(failed.map((one) => [one.receipt, one]));
        return receipts.map((receipt) => byReceipt.get(receipt));
      },
      bytesOf: () => 0,
      countMax: RECEIPTS_PER_CALL_MAX,
      bytesMax: Number.POSITIVE_INFINITY,
      lingerMs: LINGER_MS,
      atOnce: 4,
      host: queue.host,
    });
    this.#heartbeats = this.#beat();
  }

  /** Holds messages until their end; the signal aborts when another consumer got one of them. */
  hold(messages: readonly ReceivedMessage[]): AbortSignal {
    const lost = new AbortController();
    for (const message of messages) this.#held.set(message.receipt, { message, lost });
    return lost.signal;
  }

  /** Deletes done messages and releases failed ones. Never throws: a message that is not deleted comes again. */
  async end({ done, failed }: Record<'done' | 'failed', readonly ReceivedMessage[]>): Promise<void> {
    for (const { receipt } of failed) this.#held.delete(receipt);
    const { retrySeconds } = this.#options;
    await Promise.all([
      ...done.map((message) => this.#delete(message)),
      retrySeconds === undefined ? undefined : this.giveBack(failed, retrySeconds),
    ]);
  }

  async giveBack(messages: readonly ReceivedMessage[], afterSeconds = 0): Promise<void> {
    if (messages.length === 0) return;
    const receipts = messages.map(({ receipt }) => receipt);
    await this.#queue
      .changeVisibility(receipts, afterSeconds)
      .catch((error: unknown) => this.#options.onError(error, messages));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#heartbeats;
  }

  async #delete(message: ReceivedMessage): Promise<void> {
    try {
      const failure = await this.#deletes.add(message.receipt);
      if (failure !== undefined) this.#options.onError(new Error(failure.error.message), [message]);
    } catch (error) {
      this.#options.onError(error, [message]);
    } finally {
      this.#held.delete(message.receipt);
    }
  }

  async #beat(): Promise<void> {
    const { visibilitySeconds = 30, heartbeatSeconds = visibilitySeconds / 3 } = this.#options;
    while (await this.#hasSlept(heartbeatSeconds * 1_000)) {
      const receipts = [...this.#held.keys()];
      for (let start = 0; start < receipts.length; start += RECEIPTS_PER_CALL_MAX) {
        await this.#extend(receipts.slice(start, start + RECEIPTS_PER_CALL_MAX), visibilitySeconds);
      }
    }
  }

  async #hasSlept(ms: number): Promise<boolean> {
    try {
      await this.#queue.host.sleep(ms, this.#closing.signal);
      return true;
    } catch {
      return false;
    }
  }

  async #extend(receipts: readonly string[], visibilitySeconds: number): Promise<void> {
    try {
      const { failed } = await this.#queue.changeVisibility(receipts, visibilitySeconds, {
        signal: this.#closing.signal,
      });
      for (const { receipt, error } of failed) if (error.code === 'receiptStale') this.#lose(receipt);
    } catch (error) {
      const messages = receipts.flatMap((receipt) => this.#held.get(receipt)?.message ?? []);
      if (!this.#closing.signal.aborted) this.#options.onError(error, messages);
    }
  }

  #lose(receipt: string): void {
    this.#held.get(receipt)?.lost.abort();
    this.#held.delete(receipt);
  }
}
