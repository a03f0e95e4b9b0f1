import type { EpochMs } from '../../model/brand.ts';
import type { QueueId } from '../../model/ids.ts';

/** About 50 bytes each. */
const QUEUES_MAX = 10_000;

/** Since when this process has received nothing from a queue: the longer, the less often it is worth a look. */
export class QuietQueues {
  readonly #since = new Map<QueueId, EpochMs>();

  /** Notes what a receive that began at that moment brought. */
  note(queue: QueueId, messageCount: number, sinceMs: EpochMs): void {
    if (messageCount > 0) this.#since.delete(queue);
    else if (!this.#since.has(queue)) {
      if (this.#since.size >= QUEUES_MAX) this.#since.clear();
      this.#since.set(queue, sinceMs);
    }
  }

  /** In milliseconds; 0 for a queue that brought something in its last receive, or was never received from. */
  quietMs(queue: QueueId, nowMs: EpochMs): number {
    return nowMs - (this.#since.get(queue) ?? nowMs);
  }
}
