import type { EpochMs } from '../model/brand.ts';
import { type Delivery, locate, messageCount } from '../model/delivery.ts';
import type { RewindId, ShardKey } from '../model/ids.ts';
import { encodeReceipt, type ReceiptText } from '../model/receipt.ts';
import type { IdentifiedMessage } from './contents.ts';

/** A message as a consumer gets it. */
export interface ReceivedMessage extends IdentifiedMessage {
  readonly receipt: ReceiptText;
  readonly firstReceivedAtMs: EpochMs;
  /** This receive included; 1 and up. */
  readonly receiveCount: number;
  /** The rewind that made it available again. */
  readonly rewoundBy?: RewindId;
}

export function receivedMessage(
  shard: ShardKey,
  lease: Delivery,
  index: number,
  message: IdentifiedMessage,
): ReceivedMessage {
  const { part } = locate(lease, index);
  return {
    ...message,
    receipt: encodeReceipt({ shard, key: lease.key, index, count: messageCount(lease) }),
    firstReceivedAtMs: part.firstReceivedAtMs ?? message.sentAtMs,
    receiveCount: lease.receiveCount,
    ...(part.rewoundBy === undefined ? {} : { rewoundBy: part.rewoundBy }),
  };
}
