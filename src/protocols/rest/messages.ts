import * as z from 'zod/mini';
import type { QueueService, Searched, SeenMessage } from '../../engine/index.ts';
import type { QueueId } from '../../model/ids.ts';
import type { Holders } from '../../ports/holders.ts';
import type { PushMessage } from '../../ports/push-target.ts';
import { Refusal } from './errors.ts';
import { attributes, fields, instant, oneOf, queueName, text, wholeNumber } from './fields.ts';
import { isoTime } from './times.ts';

/** Path of every call on one queue. */
export const QueuePath = fields({ name: queueName() });
/** Path of every call on one message. */
export const MessagePath = fields({ name: queueName(), id: text() });

/** The refusal where a message was not found; it says how far was searched. */
export const notFoundIn = ({ fromMs, toMs, isComplete }: Searched): Refusal =>
  new Refusal('notFound', 'no message with this id was found where it was searched', {
    beside: { searched: { from: isoTime(fromMs), to: isoTime(toMs), complete: isComplete } },
  });

const RECEIVE_COUNT_MAX = Number.MAX_SAFE_INTEGER;

/** The queue that a dead letter came from, since when it is one, and why. */
const DEAD_LETTERED = z.optional(z.object({ queue: text(), at: instant(), reason: oneOf(['maxReceives']) }));

export const ReceivedView = z.object({
  id: text(),
  body: text(),
  attributes: attributes(),
  receipt: text(),
  sentAt: instant(),
  firstReceivedAt: instant(),
  receiveCount: wholeNumber(1, RECEIVE_COUNT_MAX),
  rewoundBy: z.optional(text()),
  deadLetteredFrom: DEAD_LETTERED,
});

export const MESSAGE_STATES = ['ready', 'delayed', 'inFlight', 'damaged', 'deleted'] as const;

/** A message as a look shows it. */
export const SeenView = z.object({
  id: text(),
  state: oneOf(MESSAGE_STATES),
  body: text(),
  attributes: attributes(),
  sentAt: instant(),
  /** When it becomes, or became, receivable. */
  visibleAt: instant(),
  receiveCount: wholeNumber(0, RECEIVE_COUNT_MAX),
  firstReceivedAt: z.optional(instant()),
  /** In flight: who received it last, where the server knows. */
  heldBy: z.optional(text()),
  rewoundBy: z.optional(text()),
  deadLetteredFrom: DEAD_LETTERED,
  deletedAt: z.optional(instant()),
  /** The body cannot be read, and is empty here; this says what is damaged or missing. */
  damage: z.optional(text()),
});

type DeadLetter = Pick<SeenMessage, 'deadLetteredFrom' | 'deadLetteredAtMs'>;

/** Names of the queues that these dead letters came from, deleted queues included. */
export const sourceNames = (
  { routes }: QueueService,
  messages: readonly DeadLetter[],
): Promise<ReadonlyMap<QueueId, string>> =>
  routes.namesOf(messages.flatMap(({ deadLetteredFrom }) => deadLetteredFrom ?? []));

function renderDeadLettered(message: DeadLetter, sources: ReadonlyMap<QueueId, string>) {
  const { deadLetteredFrom, deadLetteredAtMs } = message;
  const queue = deadLetteredFrom && sources.get(deadLetteredFrom);
  if (queue === undefined || deadLetteredAtMs === undefined) return {};
  return { deadLetteredFrom: { queue, at: isoTime(deadLetteredAtMs), reason: 'maxReceives' as const } };
}

export function renderReceived(
  message: PushMessage & Partial<DeadLetter>,
  sources: ReadonlyMap<QueueId, string>,
): z.output<typeof ReceivedView> {
  const { id, body, attributes, receipt, sentAtMs, firstReceivedAtMs, receiveCount, rewoundBy } = message;
  const sentAt = isoTime(sentAtMs);
  const firstReceivedAt = isoTime(firstReceivedAtMs);
  const view = { id, body, attributes, receipt, sentAt, firstReceivedAt, receiveCount };
  if (message.deadLetteredFrom !== undefined) Object.assign(view, renderDeadLettered(message, sources));
  return rewoundBy === undefined ? view : { ...view, rewoundBy };
}

export function renderSeen(
  message: SeenMessage,
  sources: ReadonlyMap<QueueId, string>,
  holders: Holders | undefined,
): z.output<typeof SeenView> {
  const heldBy = message.state === 'inFlight' ? holders?.of(message.id) : undefined;
  const { id, state, body, attributes, sentAtMs, visibleAtMs, receiveCount } = message;
  const { firstReceivedAtMs, rewoundBy, deletedAtMs, damage } = message;
  return {
    id,
    state,
    body,
    attributes,
    sentAt: isoTime(sentAtMs),
    visibleAt: isoTime(visibleAtMs),
    receiveCount,
    ...(firstReceivedAtMs === undefined ? {} : { firstReceivedAt: isoTime(firstReceivedAtMs) }),
    ...(heldBy === undefined ? {} : { heldBy }),
    ...(rewoundBy === undefined ? {} : { rewoundBy }),
    ...renderDeadLettered(message, sources),
    ...(deletedAtMs === undefined ? {} : { deletedAt: isoTime(deletedAtMs) }),
    ...(damage === undefined ? {} : { damage }),
  };
}
