import type { QueueId } from '../../model/ids.ts';
import type { PushCall } from '../../ports/push-target.ts';
import { renderReceived } from '../../protocols/rest/messages.ts';
import type { Owner } from '../../protocols/sqs/queue-names.ts';
import { triggerEvent } from '../../protocols/sqs/trigger-event.ts';

const NO_SOURCES: ReadonlyMap<QueueId, string> = new Map();

/** The messages of a call in JSON: as a trigger for SQS gives them, or as REST answers a receive. */
export const encodedCall = (call: PushCall, owner: Owner): string =>
  call.format === 'sqs'
    ? triggerEvent(call, owner)
    : JSON.stringify({ messages: call.messages.map((message) => renderReceived(message, NO_SOURCES)) });
