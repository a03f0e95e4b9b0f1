import type { EpochMs } from './brand.ts';

/** A typed value beside the body; `value` is text always: a number in decimal, binary in Base64. */
export interface MessageAttribute {
  readonly type: 'string' | 'number' | 'binary';
  readonly value: string;
  /** What the sender calls this kind of value; kept and given back, never read: `int` of SQS's type `Number.int`. */
  readonly label?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** What a user sends and receives. */
export interface Message {
  readonly body: string;
  readonly attributes: MessageAttributes;
}

export const NO_ATTRIBUTES: MessageAttributes = Object.freeze({});

/** Bytes that count against the size limit: body, and name, type, label and value of each attribute, in UTF-8. */
export function messageBytes(message: Message): number {
  let bytes = Buffer.byteLength(message.body);
  // Most messages have none, and share the object that says so.
  if (message.attributes === NO_ATTRIBUTES) return bytes;
  for (const [name, attribute] of Object.entries(message.attributes)) {
    bytes += Buffer.byteLength(name) + attribute.type.length + Buffer.byteLength(attribute.value);
    if (attribute.label !== undefined) bytes += Buffer.byteLength(attribute.label);
  }
  return bytes;
}

/** A message to send. It becomes visible after `delayMs`, or at `deliverAtMs`, or after the queue's delay. */
export interface NewMessage extends Message {
  /** 0 and up, no ceiling but the last instant there is. */
  readonly delayMs?: number;
  readonly deliverAtMs?: EpochMs;
}

/** A character takes at most six bytes in an answer: a control character `\u0001` in JSON, a quote `&quot;` in XML. */
const BYTES_PER_CHARACTER_MAX = 6;

/** Most bytes the message can take in an answer; found without reading its body. */
export const answerBytesMax = ({ body, attributes }: Message): number =>
  BYTES_PER_CHARACTER_MAX * (body.length + (attributes === NO_ATTRIBUTES ? 0 : JSON.stringify(attributes).length));

/** Bytes of body and attributes in a JSON answer. */
export const jsonBytes = (message: Message): number =>
  Buffer.byteLength(JSON.stringify(message.body)) + Buffer.byteLength(JSON.stringify(message.attributes));
