import type { ReceivedMessage } from '../../engine/index.ts';
import type { QueueId } from '../../model/ids.ts';
import type { SqsCall } from './action.ts';
import { md5, md5OfAttributes } from './digests.ts';
import { renderAttribute, userAttributes } from './message-attributes.ts';
import { queueArn } from './queue-names.ts';
import { DEAD_LETTER_SOURCE, SYSTEM_ATTRIBUTE_NAMES, systemAttributes } from './system-attributes.ts';
import { toXmlText } from './xml.ts';

/** The message attributes that a consumer requests. */
export interface Wanted {
  /** The legacy name of `MessageSystemAttributeNames`. */
  readonly AttributeNames?: readonly string[];
  readonly MessageSystemAttributeNames?: readonly string[];
  readonly MessageAttributeNames?: readonly string[];
}

/** Messages as shown to a consumer that requests these attributes. */
export async function incomingViews(
  call: SqsCall,
  wanted: Wanted,
  messages: readonly ReceivedMessage[],
): Promise<object[]> {
  const systemNames = wanted.MessageSystemAttributeNames ?? wanted.AttributeNames ?? [];
  const showSystem = new Set(systemNames.includes('All') ? SYSTEM_ATTRIBUTE_NAMES : systemNames);
  const isWanted = nameFilter(wanted.MessageAttributeNames ?? []);
  const sources = showSystem.has(DEAD_LETTER_SOURCE) ? await sourceArns(call, messages) : new Map<QueueId, string>();
  return messages.map((message) => {
    const body = call.isXml ? toXmlText(message.body) : message.body;
    const view = { MessageId: message.id, ReceiptHandle: message.receipt, MD5OfBody: md5(body), Body: body };
    const system = systemAttributes({ owner: call.host, message, sources }, showSystem);
    const user = isWanted === undefined ? [] : userAttributes(message.attributes).filter(([name]) => isWanted(name));
    return {
      ...view,
      ...(Object.keys(system).length === 0 ? {} : { Attributes: system }),
      ...(user.length === 0
        ? {}
        : {
            MD5OfMessageAttributes: md5OfAttributes(user),
            MessageAttributes: Object.fromEntries(user.map(([name, attribute]) => [name, renderAttribute(attribute)])),
          }),
    };
  });
}

/** ARNs of the queues that these dead letters came from, deleted queues included. */
async function sourceArns({ host }: SqsCall, messages: readonly ReceivedMessage[]): Promise<Map<QueueId, string>> {
  const names = await host.service.routes.namesOf(messages.flatMap(({ deadLetteredFrom }) => deadLetteredFrom ?? []));
  return new Map([...names].map(([id, name]) => [id, queueArn(host, name)]));
}

/** Names; `All`, `.*` and `*` for every name; `prefix.*` or `prefix.` for names that start with it. */
function nameFilter(names: readonly string[]): ((name: string) => boolean) | undefined {
  if (names.length === 0) return undefined;
  if (['All', '.*', '*'].some((all) => names.includes(all))) return () => true;
  const exact = new Set(names);
  const prefixes = names.filter((name) => name.endsWith('.*')).map((name) => name.slice(0, -2));
  return (name) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}
