import * as z from 'zod/mini';
import { type SendOutcome, send } from '../../../engine/index.ts';
import type { EpochMs } from '../../../model/brand.ts';
import { invalidField, QueueError } from '../../../model/errors.ts';
import { INSTANT_MS_LAST, MESSAGE_BYTES_MAX, MESSAGES_PER_SEND_MAX } from '../../../model/limits.ts';
import { messageBytes, type NewMessage, NO_ATTRIBUTES } from '../../../model/message.ts';
import { HOPS, HOPS_BYTES, HOPS_MAX, withHops } from '../../../model/push/index.ts';
import { action } from '../action.ts';
import { REST_ERROR_CODES, restCode } from '../errors.ts';
import { attributes, fields, instant, list, oneOf, text, wholeNumber } from '../fields.ts';
import { QueuePath } from '../messages.ts';
import { DELAY_SECONDS_MAX } from '../queue-attributes.ts';
import { isoTime, parseInstant } from '../times.ts';

const Message = fields({
  body: text(),
  attributes: z.optional(attributes()),
  delaySeconds: z.optional(wholeNumber(0, DELAY_SECONDS_MAX)),
  deliverAt: z.optional(instant()),
});
// Described here, checked by hand below: a rule over several fields would keep the schema from being compiled.
Message.register(z.globalRegistry, { not: { required: ['delaySeconds', 'deliverAt'] } });
type Message = z.output<typeof Message>;

const Sent = z.union([
  fields({ id: text() }),
  fields({ error: fields({ code: oneOf(REST_ERROR_CODES), message: text(), field: z.optional(text()) }) }),
]);

export const sendMessagesAction = action({
  id: 'sendMessages',
  method: 'POST',
  path: '/queues/{name}/messages',
  summary: 'Send messages; the answer has an id, or an error, for each of them in order',
  input: {
    path: QueuePath,
    body: fields({ messages: list(Message, { min: 1, max: MESSAGES_PER_SEND_MAX, what: 'messages' }) }),
  },
  answers: { 200: fields({ messages: z.array(Sent) }) },
  refusals: ['diskFull'],
  async answer({ service }, { path: { name }, body, bodyBytes, headers }) {
    const messages = passedOn(body.messages.map(toMessage), headers[HOPS]);
    // A request no larger than one message may be contains no message that is too large.
    if (bodyBytes > MESSAGE_BYTES_MAX) refuseLarge(messages);
    const outcomes = await send(service, { queue: name, messages });
    refuseIfNoneIsSent(outcomes);
    return { status: 200, body: { messages: outcomes.map(renderOutcome) } };
  },
});

function toMessage({ body, attributes = NO_ATTRIBUTES, delaySeconds, deliverAt }: Message, index: number): NewMessage {
  if (delaySeconds === undefined && deliverAt === undefined) return { body, attributes };
  if (deliverAt === undefined) return { body, attributes, delayMs: Number(delaySeconds) * 1_000 };
  const field = `messages[${index}].deliverAt`;
  if (delaySeconds === undefined) {
    const deliverAtMs = parseInstant(deliverAt);
    if (deliverAtMs <= INSTANT_MS_LAST) return { body, attributes, deliverAtMs };
    const last = isoTime(INSTANT_MS_LAST as EpochMs);
    throw new QueueError('InvalidField', `${field} must be ${last} or earlier; given: ${deliverAt}`, { field });
  }
  throw new QueueError('InvalidField', `${field} must be left out where delaySeconds is given`, { field });
}

/**
 * The messages that a handler sends, with the hops of the request that it works on, as far as they have none of their
 * own and have room. @throws QueueError `InvalidField`
 */
function passedOn(messages: readonly NewMessage[], given: string | undefined): readonly NewMessage[] {
  if (given === undefined) return messages;
  const hops = /^\d{1,6}$/.test(given) ? Number(given) : undefined;
  if (hops === undefined) throw invalidField(HOPS, `header ${HOPS} must be a whole number from 0 to ${HOPS_MAX}`);
  return messages.map((message) =>
    HOPS in message.attributes || messageBytes(message) + HOPS_BYTES > MESSAGE_BYTES_MAX
      ? message
      : { ...message, attributes: withHops(message.attributes, hops) },
  );
}

function refuseLarge(messages: readonly NewMessage[]): void {
  for (const [index, message] of messages.entries()) {
    const bytes = messageBytes(message);
    if (bytes <= MESSAGE_BYTES_MAX) continue;
    const field = `messages[${index}].body`;
    const reason = `${field} and attributes have ${bytes} bytes; at most ${MESSAGE_BYTES_MAX} are allowed`;
    throw new QueueError('TooLarge', reason, { field });
  }
}

/** If nothing was stored, refuses the whole call, so that clients see a status they know to retry. */
function refuseIfNoneIsSent(outcomes: readonly SendOutcome[]): void {
  const [first] = outcomes;
  if (first !== undefined && 'error' in first && outcomes.every((outcome) => 'error' in outcome)) throw first.error;
}

function renderOutcome(outcome: SendOutcome): z.output<typeof Sent> {
  if ('id' in outcome) return outcome;
  const { message, field } = outcome.error;
  const code = restCode(outcome.error);
  return { error: field === undefined ? { code, message } : { code, message, field } };
}
