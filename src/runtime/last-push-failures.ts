import type { QueueId } from '../model/ids.ts';
import { failedItems, verdictOn } from '../model/push/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { PushFailure, PushFailures } from '../ports/push-failures.ts';
import type { PushAnswer, PushCall } from '../ports/push-target.ts';

/** Failures of one queue. With their texts about 1 KB each. */
const FAILURES_MAX = 20;
/** Queues that failed last. */
const QUEUES_MAX = 1_000;
/** Enough to open some of the messages. */
const IDS_MAX = 10;
/** Characters of an answer: an error with its message, and the top of its stack. */
const TEXT_LENGTH_MAX = 500;

/** How calls of this process failed, in memory: a restart forgets it, and the breaker of a queue does not. */
export class LastPushFailures implements PushFailures {
  readonly #clock: Clock;
  readonly #byQueue = new Map<QueueId, PushFailure[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes a call, unless all of its messages are done. */
  note({ queueId, messages }: PushCall, { end, text }: PushAnswer): void {
    const all = messages.map(({ id }) => id);
    const failed = new Set<string>(verdictOn(end) === 'done' ? failedItems(text, all) : all);
    if (failed.size === 0) return;
    const failure = {
      atMs: this.#clock.nowMs(),
      end,
      ids: all.filter((id) => failed.has(id)).slice(0, IDS_MAX),
      messageCount: failed.size,
      ...(text === undefined || text === '' ? {} : { text: text.slice(0, TEXT_LENGTH_MAX) }),
    };
    const before = this.#byQueue.get(queueId) ?? [];
    // The queue that failed last goes to the end.
    this.#byQueue.delete(queueId);
    this.#byQueue.set(queueId, [failure, ...before].slice(0, FAILURES_MAX));
    const [oldest] = this.#byQueue.keys();
    if (this.#byQueue.size > QUEUES_MAX && oldest !== undefined) this.#byQueue.delete(oldest);
  }

  of(queue: QueueId): readonly PushFailure[] {
    return this.#byQueue.get(queue) ?? [];
  }
}
