import type { EpochMs } from '../model/brand.ts';
import { type Delivery, locate, messageCount } from '../model/delivery.ts';
import { type MessageId, messageId, type RewindId, type ShardKey } from '../model/ids.ts';
import type { Message } from '../model/message.ts';
import { encodeReceipt, type ReceiptText } from '../model/receipt.ts';

/** A message as a consumer gets it. */
export interface ReceivedMessage extends Message {
  readonly id: MessageId;
  readonly receipt: ReceiptText;
  readonly sentAtMs: EpochMs;
  readonly firstReceivedAtMs: EpochMs;
  /** This receive included; 1 and up. */
  readonly receiveCount: number;
  /** The rewind that made it available again. */
  readonly rewoundBy?: RewindId;
}

export function receivedMessage(shard: ShardKey, lease: Delivery, index: number, message: Message): ReceivedMessage {
  const { part, offset } = locate(lease, index);
  return {
    id: messageId(part.origin, part.first + offset),
    body: message.body,
    attributes: message.attributes,
    receipt: encodeReceipt({ shard, key: lease.key, index, count: messageCount(lease) }),
    sentAtMs: part.origin.sentAtMs,
    firstReceivedAtMs: part.firstReceivedAtMs ?? part.origin.sentAtMs,
    receiveCount: lease.receiveCount,
    ...(part.rewoundBy === undefined ? {} : { rewoundBy: part.rewoundBy }),
  };
}
