import type { QueueId, RewindId } from '../model/ids.ts';

/** Carries rewinds out: a pool in this process, or a state machine. */
export interface RewindRunner {
  /** Starts a rewind whose record is written, or goes on with it. Starting one twice does no harm. */
  start(queueId: QueueId, rewindId: RewindId): Promise<void>;
}
