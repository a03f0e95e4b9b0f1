import type { QueueId, RewindId } from '../model/ids.ts';

/** Carries out rewinds: a pool in this process, or a state machine. */
export interface RewindRunner {
  /** Starts or continues a rewind whose record is written. Starting one twice does no harm. */
  start(queueId: QueueId, rewindId: RewindId): Promise<void>;
}
