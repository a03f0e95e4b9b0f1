import type { EpochMs } from '../model/brand.ts';
import type { MessageId, QueueId } from '../model/ids.ts';
import type { CallEnd } from '../model/push/index.ts';

/** A call of a target after which some messages come again. */
export interface PushFailure {
  readonly atMs: EpochMs;
  readonly end: CallEnd;
  /** The messages that come again, at most ten of them. */
  readonly ids: readonly MessageId[];
  /** How many come again; 1 to 10,000. */
  readonly messageCount: number;
  /** The beginning of the answer, where there was one. */
  readonly text?: string;
}

/** The last failures of pushes. */
export interface PushFailures {
  /** Newest first, at most 20; none where nobody knows. */
  of(queue: QueueId): readonly PushFailure[];
}
