import type { HistoryPoint, HistorySpan } from '../model/history.ts';
import type { Day, Usage } from '../model/usage.ts';

/** What is kept of the past of queues. Reading it reads no queue. */
export interface QueueHistory {
  /** The steps of a span that ends now, oldest first; those of which nothing is known are missing. */
  read(span: HistorySpan): Promise<readonly HistoryPoint[]>;
  /** Days on which something happened, oldest first. */
  usage(): Promise<ReadonlyMap<Day, Usage>>;
}
