import type { EpochMs } from '../model/brand.ts';
import type { MessageId, QueueId, RewindId } from '../model/ids.ts';
import type { MessageAttributes } from '../model/message.ts';
import type { CallEnd, PushDestination, PushFormat } from '../model/push/index.ts';
import type { ReceiptText } from '../model/receipt.ts';

/** A message of a batch, as a receive answers it. */
export interface PushMessage {
  readonly id: MessageId;
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly receipt: ReceiptText;
  /** In all queues, this one included; 1 and up. */
  readonly receiveCount: number;
  readonly sentAtMs: EpochMs;
  readonly firstReceivedAtMs: EpochMs;
  /** The rewind that made it available again. */
  readonly rewoundBy?: RewindId;
}

/** One call of a target with a batch that is leased. */
export interface PushCall {
  readonly to: PushDestination;
  readonly queueId: QueueId;
  readonly queueName: string;
  readonly format: PushFormat;
  /** At least one. */
  readonly messages: readonly PushMessage[];
  /** The call ends as `timedOut` after this; 1,000 to 600,000. */
  readonly timeoutMs: number;
}

/** How it ended, and the text of the answer where there is one, of at most 1 MiB. */
export interface PushAnswer {
  readonly end: CallEnd;
  readonly text?: string;
}

/** Calls targets. */
export interface PushTarget {
  /** Calls once, and never again: its messages may have been worked on. Settles in time, and never throws. */
  call(call: PushCall): Promise<PushAnswer>;
}
