import type { EpochMs } from '../../src/model/brand.ts';
import type { MessageId, QueueId } from '../../src/model/ids.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import type { PushDestination } from '../../src/model/push/index.ts';
import type { ReceiptText } from '../../src/model/receipt.ts';
import type { PushCall, PushMessage } from '../../src/ports/push-target.ts';

export const OWNER = { account: '123456789012', region: 'eu-central-1' };

/** A leased message with the fields that matter to a test. */
export const pushMessage = (fields: Partial<PushMessage> = {}): PushMessage => ({
  id: '019359c6-7b40-8abc-8def-000000000002' as MessageId,
  body: 'hello',
  attributes: NO_ATTRIBUTES,
  receipt: 'receipt-1' as ReceiptText,
  receiveCount: 1,
  sentAtMs: 1_764_489_600_000 as EpochMs,
  firstReceivedAtMs: 1_764_489_600_500 as EpochMs,
  ...fields,
});

/** A call with messages of these bodies, whose ids end in their number. */
export function pushCall(to: PushDestination, bodies: readonly string[], fields: Partial<PushCall> = {}): PushCall {
  const messages = bodies.map((body, number) => pushMessage({ id: idOf(number), body }));
  return {
    to,
    queueId: 'queue00001' as QueueId,
    queueName: 'orders',
    format: 'sqs',
    messages,
    timeoutMs: 60_000,
    ...fields,
  };
}

export const idOf = (number: number): MessageId =>
  `019359c6-7b40-8abc-8def-${String(number).padStart(12, '0')}` as MessageId;
