import type { EpochMs } from './brand.ts';

/** A typed value beside the body; `value` is text always: a number in decimal, binary in Base64. */
export interface MessageAttribute {
  readonly type: 'string' | 'number' | 'binary';
  readonly value: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** What a user sends and receives. */
export interface Message {
  readonly body: string;
  readonly attributes: MessageAttributes;
}

/** A message to send, and when it becomes visible; absent: by the queue's delay. */
export interface NewMessage extends Message {
  readonly visibleAtMs?: EpochMs;
}

export const NO_ATTRIBUTES: MessageAttributes = Object.freeze({});

/** Bytes that count against the size limit: body, and name, type and value of each attribute, in UTF-8. */
export function messageBytes(message: Message): number {
  let bytes = Buffer.byteLength(message.body);
  for (const [name, attribute] of Object.entries(message.attributes)) {
    bytes += Buffer.byteLength(name) + attribute.type.length + Buffer.byteLength(attribute.value);
  }
  return bytes;
}
