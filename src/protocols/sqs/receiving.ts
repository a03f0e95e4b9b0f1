import type { ReceivedMessage } from '../../engine/index.ts';
import type { MessageAttributes } from '../../model/message.ts';
import type { SqsCall } from './action.ts';
import { md5, md5OfAttributes } from './digests.ts';
import { renderAttribute, reservedName, userAttributes } from './message-attributes.ts';
import { toXmlText } from './xml.ts';

/** Which attributes of a message a consumer asks for. */
export interface Wanted {
  /** The name of old for `MessageSystemAttributeNames`. */
  readonly AttributeNames?: readonly string[];
  readonly MessageSystemAttributeNames?: readonly string[];
  readonly MessageAttributeNames?: readonly string[];
}

/** How messages are shown to a consumer that asks for these attributes. */
export function incomingView(call: SqsCall, wanted: Wanted): (message: ReceivedMessage) => object {
  const systemNames = wanted.MessageSystemAttributeNames ?? wanted.AttributeNames ?? [];
  const showSystem = new Set(systemNames.includes('All') ? Object.keys(SYSTEM_ATTRIBUTES) : systemNames);
  const isWanted = nameFilter(wanted.MessageAttributeNames ?? []);
  return (message) => {
    const body = call.isXml ? toXmlText(message.body) : message.body;
    const view = { MessageId: message.id, ReceiptHandle: message.receipt, MD5OfBody: md5(body), Body: body };
    const system = systemView(call, message, showSystem);
    const user = isWanted === undefined ? [] : userAttributes(message.attributes).filter(([name]) => isWanted(name));
    return {
      ...view,
      ...(system === undefined ? {} : { Attributes: system }),
      ...(user.length === 0
        ? {}
        : {
            MD5OfMessageAttributes: md5OfAttributes(user),
            MessageAttributes: Object.fromEntries(user.map(([name, attribute]) => [name, renderAttribute(attribute)])),
          }),
    };
  };
}

/** Names, `All` and `.*` for each of them, `prefix.*` or `prefix.` for those that start like this. */
function nameFilter(names: readonly string[]): ((name: string) => boolean) | undefined {
  if (names.length === 0) return undefined;
  if (names.includes('All') || names.includes('.*')) return () => true;
  const exact = new Set(names);
  const prefixes = names.filter((name) => name.endsWith('.*')).map((name) => name.slice(0, -2));
  return (name) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}

/** What SQS tells of a message beside what its sender gave; absent where there is nothing to tell. */
const SYSTEM_ATTRIBUTES: Readonly<Record<string, (message: ReceivedMessage, call: SqsCall) => string | undefined>> = {
  // Without keys nobody knows the sender: it is the owner of the queues.
  SenderId: ({ attributes }, { host }) => noted(attributes, 'SenderId') ?? host.account,
  SentTimestamp: ({ sentAtMs }) => String(sentAtMs),
  ApproximateReceiveCount: ({ receiveCount }) => String(receiveCount),
  ApproximateFirstReceiveTimestamp: ({ firstReceivedAtMs }) => String(firstReceivedAtMs),
  AWSTraceHeader: ({ attributes }) => noted(attributes, 'AWSTraceHeader'),
  MessageGroupId: ({ attributes }) => noted(attributes, 'MessageGroupId'),
};

const noted = (attributes: MessageAttributes, name: string): string | undefined =>
  attributes[reservedName(name)]?.value;

function systemView(
  call: SqsCall,
  message: ReceivedMessage,
  names: ReadonlySet<string>,
): Record<string, string> | undefined {
  if (names.size === 0) return undefined;
  const view: Record<string, string> = {};
  for (const name of names) {
    const value = Object.hasOwn(SYSTEM_ATTRIBUTES, name) ? SYSTEM_ATTRIBUTES[name]?.(message, call) : undefined;
    if (value !== undefined) view[name] = value;
  }
  return Object.keys(view).length === 0 ? undefined : view;
}
