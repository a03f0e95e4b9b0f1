import * as z from 'zod/mini';
import type { SeenMessage } from '../../engine/index.ts';
import { attributes, fields, instant, oneOf, queueName, text, wholeNumber } from './fields.ts';
import { isoTime } from './times.ts';

/** Path of every call on one queue. */
export const QueuePath = fields({ name: queueName() });

const RECEIVE_COUNT_MAX = Number.MAX_SAFE_INTEGER;

export const ReceivedView = z.object({
  id: text(),
  body: text(),
  attributes: attributes(),
  receipt: text(),
  sentAt: instant(),
  firstReceivedAt: instant(),
  receiveCount: wholeNumber(1, RECEIVE_COUNT_MAX),
  rewoundBy: z.optional(text()),
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
  rewoundBy: z.optional(text()),
  deletedAt: z.optional(instant()),
  /** The body cannot be read, and is empty here; this says what is damaged or missing. */
  damage: z.optional(text()),
});

export function renderSeen(message: SeenMessage): z.output<typeof SeenView> {
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
    ...(rewoundBy === undefined ? {} : { rewoundBy }),
    ...(deletedAtMs === undefined ? {} : { deletedAt: isoTime(deletedAtMs) }),
    ...(damage === undefined ? {} : { damage }),
  };
}
