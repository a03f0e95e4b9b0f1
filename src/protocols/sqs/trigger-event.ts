import type { QueueId } from '../../model/ids.ts';
import { EVENT_RECORD_FRAME_BYTES } from '../../model/limits.ts';
import type { Message } from '../../model/message.ts';
import type { PushMessage } from '../../ports/push-target.ts';
import { md5, md5OfAttributes } from './digests.ts';
import { dataTypeOf, notedValues, userAttributes } from './message-attributes.ts';
import { type Owner, queueArn } from './queue-names.ts';
import { SYSTEM_ATTRIBUTE_NAMES, systemAttributes } from './system-attributes.ts';

/** Messages of one queue. */
interface Batch {
  readonly queueName: string;
  readonly messages: readonly PushMessage[];
}

const NO_SOURCES: ReadonlyMap<QueueId, string> = new Map();

/**
 * The event, in JSON, that Lambda's trigger for SQS gives to a function. Handlers for SQS run on it unchanged.
 *
 * A message that a rewind brought back has one system attribute more, `RewoundBy`: typed handlers (Java, Go, .NET) read
 * these attributes as a map, and would not see a new field of the record.
 */
export const triggerEvent = ({ queueName, messages }: Batch, owner: Owner): string =>
  JSON.stringify({ Records: messages.map((message) => recordOf(message, queueArn(owner, queueName), owner)) });

function recordOf(message: PushMessage, eventSourceARN: string, owner: Owner): object {
  const { id, receipt, body, rewoundBy } = message;
  const md5OfMessageAttributes = md5OfAttributes(userAttributes(message.attributes));
  return {
    messageId: id,
    receiptHandle: receipt,
    body,
    attributes: {
      ...systemAttributes({ owner, message, sources: NO_SOURCES }, SYSTEM_ATTRIBUTE_NAMES),
      ...(rewoundBy === undefined ? {} : { RewoundBy: rewoundBy }),
    },
    messageAttributes: attributesOf(message),
    ...(md5OfMessageAttributes === undefined ? {} : { md5OfMessageAttributes }),
    md5OfBody: md5(body),
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion: owner.region,
  };
}

const attributesOf = ({ attributes }: Message): object =>
  Object.fromEntries(
    userAttributes(attributes).map(([name, attribute]) => [
      name,
      {
        [attribute.type === 'binary' ? 'binaryValue' : 'stringValue']: attribute.value,
        stringListValues: [],
        binaryListValues: [],
        dataType: dataTypeOf(attribute),
      },
    ]),
  );

/**
 * Most bytes that a message takes in the event with its comma, known before it is leased: its id, receipt and counts
 * are bounded. The envelope takes `EVENT_FRAME_BYTES` more.
 */
export const recordBytes = (message: Message): number =>
  EVENT_RECORD_FRAME_BYTES +
  jsonBytes(message.body) +
  jsonBytes(attributesOf(message)) +
  jsonBytes(notedValues(message.attributes));

const jsonBytes = (value: string | object): number => Buffer.byteLength(JSON.stringify(value));
