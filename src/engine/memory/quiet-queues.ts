import type { EpochMs } from '../../model/brand.ts';
import type { QueueId } from '../../model/ids.ts';

/** About 50 bytes each. */
const QUEUES_MAX = 10_000;

/** How long this process has received nothing from each queue: the longer, the rarer the looks. */
export class QuietQueues {
  readonly #since = new Map<QueueId, EpochMs>();

  /** Notes how many messages a receive that began at that moment returned. */
  note(queue: QueueId, messageCount: number, sinceMs: EpochMs): void {
    if (messageCount > 0) this.#since.delete(queue);
    else if (!this.#since.has(queue)) {
      if (this.#since.size >= QUEUES_MAX) this.#since.clear();
      this.#since.set(queue, sinceMs);
    }
  }

  /** In milliseconds; 0 for a queue whose last receive returned something, or that was never received from. */
  quietMs(queue: QueueId, nowMs: EpochMs): number {
    return nowMs - (this.#since.get(queue) ?? nowMs);
  }
}
