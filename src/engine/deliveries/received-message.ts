import type { EpochMs } from '../../model/brand.ts';
import { type Delivery, enteredAtMs, type Located, totalReceives } from '../../model/delivery.ts';
import type { QueueId, RewindId, ShardKey } from '../../model/ids.ts';
import { encodeReceipt, type Receipt, type ReceiptText } from '../../model/receipt.ts';
import { type IdentifiedMessage, identityOf, type ReadMessage } from './contents.ts';

/** A message as a consumer gets it. */
export interface ReceivedMessage extends IdentifiedMessage {
  readonly receipt: ReceiptText;
  readonly firstReceivedAtMs: EpochMs;
  /** In all queues, this receive included; 1 and up. */
  readonly receiveCount: number;
  /** The rewind that made it available again. */
  readonly rewoundBy?: RewindId;
  /** The queue it was a dead letter of, and when it became one: it had been received too often. */
  readonly deadLetteredFrom?: QueueId;
  readonly deadLetteredAtMs?: EpochMs;
}

/** A lease in its shard, and of how many messages it is. */
export interface Holder {
  readonly shard: ShardKey;
  readonly lease: Delivery;
  readonly count: number;
}

const leaseNamed = ({ key, leasedUntilMs }: Delivery): Pick<Receipt, 'key' | 'leasedUntilMs'> =>
  leasedUntilMs === undefined ? { key } : { key, leasedUntilMs };

/** The message at `index` of a lease. */
export function receivedMessage(
  { shard, lease, count }: Holder,
  index: number,
  { part, offset }: Located,
  message: ReadMessage,
): ReceivedMessage {
  const { firstReceivedAtMs, rewoundBy, deadLetteredFrom } = part;
  const { id, sentAtMs } = identityOf(part, offset, message);
  const received = {
    id,
    body: message.body,
    attributes: message.attributes,
    sentAtMs,
    receipt: encodeReceipt({ shard, ...leaseNamed(lease), index, count }),
    firstReceivedAtMs: firstReceivedAtMs ?? sentAtMs,
    receiveCount: totalReceives(lease, part),
  };
  // Nearly all messages share one V8 hidden class: copying them is a large part of the cost of a receive.
  if (rewoundBy === undefined && deadLetteredFrom === undefined) return received;
  return {
    ...received,
    ...(rewoundBy === undefined ? {} : { rewoundBy }),
    ...(deadLetteredFrom === undefined ? {} : { deadLetteredFrom, deadLetteredAtMs: enteredAtMs(part) }),
  };
}
