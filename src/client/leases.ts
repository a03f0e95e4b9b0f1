import { RECEIPTS_PER_CALL_MAX } from '../model/limits.ts';
import type { FailedReceipt, ReceivedMessage, ReceiveMessagesAnswer, ReceiveMessagesRequest } from './api.d.ts';
import type { CallOptions } from './caller.ts';
import { RewindMqError } from './errors.ts';
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
  /** Deletes and releases under way. */
  readonly #ending = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #deletes: Gatherer<string, FailedReceipt | undefined>;
  readonly #heartbeats: Promise<void>;

  constructor(queue: Queue, options: WorkerOptions) {
    this.#queue = queue;
    this.#options = options;
    this.#deletes = new Gatherer({
      send: async (receipts) => outcomesOf(receipts, (await queue.delete(receipts)).failed),
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

  /**
   * Deletes done messages, by the next receive if it comes soon, and releases failed ones. A message that is not
   * deleted comes again.
   */
  end({ done, failed }: Record<'done' | 'failed', readonly ReceivedMessage[]>): void {
    for (const { receipt } of failed) this.#held.delete(receipt);
    const { retrySeconds } = this.#options;
    for (const message of done) this.#follow(this.#delete(message));
    if (retrySeconds !== undefined) this.#follow(this.giveBack(failed, retrySeconds));
  }

  /**
   * Receives, and deletes what is done in the same call.
   *
   * @throws RewindMqError, or the reason of the signal; then a call of their own deletes the done messages
   */
  async receive(request: ReceiveMessagesRequest, options: CallOptions): Promise<readonly ReceivedMessage[]> {
    const done = this.#deletes.take();
    if (done.entries.length === 0) return await this.#queue.receive(request, options);
    // The server deletes first. Heartbeats while it then waits for messages would find nothing to extend.
    for (const receipt of done.entries) this.#held.delete(receipt);
    let answer: ReceiveMessagesAnswer;
    try {
      answer = await this.#queue.receiveAndDelete(done.entries, request, options);
    } catch (error) {
      done.giveBack();
      throw error;
    }
    const { messages, failed = [], receiveError } = answer;
    done.answer(outcomesOf(done.entries, failed));
    if (receiveError !== undefined) throw new RewindMqError(receiveError);
    return messages;
  }

  async giveBack(messages: readonly ReceivedMessage[], afterSeconds = 0): Promise<void> {
    if (messages.length === 0) return;
    const receipts = messages.map(({ receipt }) => receipt);
    await this.#queue
      .changeVisibility(receipts, afterSeconds)
      .catch((error: unknown) => this.#options.onError(error, messages));
  }

  /** Resolves when what has ended is deleted or released. */
  async close(): Promise<void> {
    await Promise.all(this.#ending);
    this.#closing.abort();
    await this.#heartbeats;
  }

  /** `ended` never rejects. */
  #follow(ended: Promise<void>): void {
    const following: Promise<void> = ended.finally(() => this.#ending.delete(following));
    this.#ending.add(following);
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

/** The failure of each receipt, in order; `undefined` for those that are deleted. */
function outcomesOf(
  receipts: readonly string[],
  failed: readonly FailedReceipt[],
): readonly (FailedReceipt | undefined)[] {
  const byReceipt = new Map(failed.map((one) => [one.receipt, one]));
  return receipts.map((receipt) => byReceipt.get(receipt));
}
