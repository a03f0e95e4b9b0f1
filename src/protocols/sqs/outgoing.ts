import type { Message } from '../../model/message.ts';
import type { PushMessage } from '../../ports/push-target.ts';
import { attributeBytes, renderAttribute, reservedName, TRACE_HEADER, userAttributes } from './message-attributes.ts';

// SQS takes this many messages in a request, and this many bytes of bodies and attributes.
const ENTRIES_MAX = 10;
const BATCH_BYTES_MAX = 1_048_576;

/** Messages for one `SendMessageBatch`, and its entries. The id of an entry is its number. */
export interface SentBatch {
  readonly messages: readonly PushMessage[];
  readonly entries: readonly object[];
}

/** The requests that send these messages to a queue of SQS. A message that is too large has a request of its own. */
export function sentBatches(messages: readonly PushMessage[]): SentBatch[] {
  const batches: PushMessage[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const own = sentBytes(message);
    const last = batches.at(-1);
    if (last === undefined || last.length === ENTRIES_MAX || bytes + own > BATCH_BYTES_MAX) {
      batches.push([message]);
      bytes = own;
    } else {
      last.push(message);
      bytes += own;
    }
  }
  return batches.map((batch) => ({ messages: batch, entries: batch.map(entryOf) }));
}

const sentBytes = ({ body, attributes }: Message): number =>
  Buffer.byteLength(body) + attributeBytes(userAttributes(attributes));

function entryOf({ body, attributes }: Message, number: number): object {
  const user = userAttributes(attributes);
  const trace = attributes[reservedName(TRACE_HEADER)];
  return {
    Id: String(number),
    MessageBody: body,
    ...(user.length === 0
      ? {}
      : { MessageAttributes: Object.fromEntries(user.map(([name, attribute]) => [name, renderAttribute(attribute)])) }),
    ...(trace === undefined ? {} : { MessageSystemAttributes: { [TRACE_HEADER]: renderAttribute(trace) } }),
  };
}
