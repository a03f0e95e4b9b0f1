import type { QueueId } from '../../model/ids.ts';
import type { MessageAttributes } from '../../model/message.ts';
import type { PushMessage } from '../../ports/push-target.ts';
import { reservedName } from './message-attributes.ts';
import type { Owner } from './queue-names.ts';

/** A message to show, with its context. */
interface Shown {
  readonly owner: Owner;
  readonly message: PushMessage & { readonly deadLetteredFrom?: QueueId };
  /** ARNs of the queues that dead letters came from. */
  readonly sources: ReadonlyMap<QueueId, string>;
}

export const DEAD_LETTER_SOURCE = 'DeadLetterQueueSourceArn';

/** Absent without a value. */
const SYSTEM_ATTRIBUTES: Readonly<Record<string, (shown: Shown) => string | undefined>> = {
  // Without keys the sender is unknown, so the owner of the queues stands in.
  SenderId: ({ message, owner }) => noted(message.attributes, 'SenderId') ?? owner.account,
  SentTimestamp: ({ message }) => String(message.sentAtMs),
  ApproximateReceiveCount: ({ message }) => String(message.receiveCount),
  ApproximateFirstReceiveTimestamp: ({ message }) => String(message.firstReceivedAtMs),
  AWSTraceHeader: ({ message }) => noted(message.attributes, 'AWSTraceHeader'),
  MessageGroupId: ({ message }) => noted(message.attributes, 'MessageGroupId'),
  [DEAD_LETTER_SOURCE]: ({ message: { deadLetteredFrom }, sources }) =>
    deadLetteredFrom === undefined ? undefined : sources.get(deadLetteredFrom),
};
export const SYSTEM_ATTRIBUTE_NAMES: readonly string[] = Object.keys(SYSTEM_ATTRIBUTES);

const noted = (attributes: MessageAttributes, name: string): string | undefined =>
  attributes[reservedName(name)]?.value;

/** System attributes of a message by name. Unknown names have no value. */
export function systemAttributes(shown: Shown, names: Iterable<string>): Record<string, string> {
  const view: Record<string, string> = {};
  for (const name of names) {
    const value = Object.hasOwn(SYSTEM_ATTRIBUTES, name) ? SYSTEM_ATTRIBUTES[name]?.(shown) : undefined;
    if (value !== undefined) view[name] = value;
  }
  return view;
}
