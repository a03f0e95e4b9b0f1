import { MESSAGE_BYTES_MAX } from '../../model/limits.ts';
import { type MessageAttribute, type NewMessage, NO_ATTRIBUTES } from '../../model/message.ts';
import type { SqsCall } from './action.ts';
import { md5, md5OfAttributes } from './digests.ts';
import { invalidValue, missing } from './errors.ts';
import {
  attributeBytes,
  checkContent,
  parseSystemAttributes,
  parseUserAttributes,
  reservedName,
  SystemAttributes,
  TRACE_HEADER,
  UserAttributes,
} from './message-attributes.ts';
import { maximumMessageSize, SMALLEST_MAXIMUM_MESSAGE_SIZE } from './queue-attributes.ts';
import { integer, text, type Values } from './shapes.ts';

/** Fields of a message to send, alone or in a batch. */
export const OUTGOING = {
  MessageBody: text,
  DelaySeconds: integer,
  MessageAttributes: UserAttributes,
  MessageSystemAttributes: SystemAttributes,
  MessageDeduplicationId: text,
  MessageGroupId: text,
} as const;

/** SQS's limit of a delay; calls of the REST protocol may wait longer. */
const DELAY_SECONDS_MAX = 900;
const GROUP_ID = /^[A-Za-z0-9!-/:-@[-`{-~]{1,128}$/;

/** A message, and the fields of its answer. */
export interface Outgoing {
  readonly message: NewMessage;
  readonly bytes: number;
  readonly digests: {
    readonly MD5OfMessageBody: string;
    readonly MD5OfMessageAttributes?: string;
    readonly MD5OfMessageSystemAttributes?: string;
  };
}

/** @throws SqsError */
export function parseOutgoing(call: Pick<SqsCall, 'key' | 'trace'>, given: Values<typeof OUTGOING>): Outgoing {
  const { key, trace } = call;
  const { MessageBody: body = '', DelaySeconds } = given;
  if (body === '') throw missing('MessageBody');
  checkContent(body);
  const user = given.MessageAttributes === undefined ? [] : parseUserAttributes(given.MessageAttributes);
  const system =
    given.MessageSystemAttributes === undefined ? [] : parseSystemAttributes(given.MessageSystemAttributes);
  const noted = [...user, ...system.map(([name, attribute]) => [reservedName(name), attribute] as const)];
  if (trace !== undefined && !system.some(([name]) => name === TRACE_HEADER)) {
    noted.push([reservedName(TRACE_HEADER), { type: 'string', value: trace }]);
  }
  const group = groupOf(given);
  if (group !== undefined) noted.push([reservedName('MessageGroupId'), group]);
  if (key !== undefined) noted.push([reservedName('SenderId'), { type: 'string', value: key.id }]);
  const md5OfUser = md5OfAttributes(user);
  const md5OfSystem = md5OfAttributes(system);
  return {
    message: {
      body,
      attributes: noted.length === 0 ? NO_ATTRIBUTES : Object.fromEntries(noted),
      ...(DelaySeconds === undefined ? {} : { delayMs: delayMs(DelaySeconds) }),
    },
    bytes: Buffer.byteLength(body) + attributeBytes(user),
    digests: {
      MD5OfMessageBody: md5(body),
      ...(md5OfUser === undefined ? {} : { MD5OfMessageAttributes: md5OfUser }),
      ...(md5OfSystem === undefined ? {} : { MD5OfMessageSystemAttributes: md5OfSystem }),
    },
  };
}

function delayMs(seconds: number): number {
  if (seconds >= 0 && seconds <= DELAY_SECONDS_MAX) return seconds * 1_000;
  const reason = `DelaySeconds must be >= 0 and <= ${DELAY_SECONDS_MAX}.`;
  throw invalidValue('DelaySeconds', seconds, reason);
}

/** A standard queue keeps the group for its consumers; deduplication belongs to FIFO queues alone. */
function groupOf(given: Values<typeof OUTGOING>): MessageAttribute | undefined {
  const { MessageDeduplicationId: id, MessageGroupId: group } = given;
  if (id !== undefined) {
    const reason = 'The request include parameter that is not valid for this queue type.';
    throw invalidValue('MessageDeduplicationId', id, reason);
  }
  if (group === undefined) return undefined;
  if (GROUP_ID.test(group)) return { type: 'string', value: group };
  const reason = 'MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.';
  throw invalidValue('MessageGroupId', group, reason);
}

/** Largest size of a message of the queue, in bytes; small messages need no look at its attributes. */
export async function messageBytesMax(call: SqsCall, queue: string, bytes: number): Promise<number> {
  if (bytes <= SMALLEST_MAXIMUM_MESSAGE_SIZE) return SMALLEST_MAXIMUM_MESSAGE_SIZE;
  const held = await call.host.service.routes.get(queue);
  return Math.min(maximumMessageSize(held.queue.settings), MESSAGE_BYTES_MAX);
}
