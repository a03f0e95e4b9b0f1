import type { MessageAttribute } from '../../model/message.ts';
import { HOPS_BYTES, hopsOf, withHops } from '../../model/push/index.ts';
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

const sentBytes = (message: PushMessage): number =>
  Buffer.byteLength(message.body) + attributeBytes(attributesOf(message));

/** The attributes of a message, and how often it was pushed, where a message may have that much more. */
function attributesOf({ body, attributes }: PushMessage): (readonly [string, MessageAttribute])[] {
  const user = userAttributes(attributes);
  const more = userAttributes(withHops(Object.fromEntries(user), hopsOf(attributes) + 1));
  return Buffer.byteLength(body) + attributeBytes(user) + HOPS_BYTES > BATCH_BYTES_MAX ? user : more;
}

function entryOf(message: PushMessage, number: number): object {
  const { body, attributes } = message;
  const user = attributesOf(message);
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
