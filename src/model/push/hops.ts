import { ATTRIBUTES_PER_MESSAGE_MAX } from '../limits.ts';
import type { MessageAttributes } from '../message.ts';
import type { Subscription } from './subscription.ts';

/** Carries the hops of a message: an attribute of it, and a header of requests to endpoints and of sends. */
export const HOPS = 'x-rewindmq-hops';
/** Bytes of the attribute: its name, its type and its largest value. */
export const HOPS_BYTES = 28;
/** The largest number that is believed. */
export const HOPS_MAX = 999_999;
/** Hops after which a subscription without a bound of its own pauses. */
export const MAX_HOPS = 100;

/** How often a message was pushed before it came into its queue, as far as those that passed it on have told. */
export function hopsOf(attributes: MessageAttributes): number {
  const attribute = attributes[HOPS];
  return attribute?.type === 'number' && /^\d{1,6}$/.test(attribute.value) ? Number(attribute.value) : 0;
}

/** The attributes with this number of hops, where there is room for one more. Without hops they stay as they are. */
export function withHops(attributes: MessageAttributes, hops: number): MessageAttributes {
  const hasRoom = HOPS in attributes || Object.keys(attributes).length < ATTRIBUTES_PER_MESSAGE_MAX;
  if (hops === 0 || !hasRoom) return attributes;
  return { ...attributes, [HOPS]: { type: 'number', value: String(Math.min(hops, HOPS_MAX)) } };
}

/** Whether a message has come round so often that its subscription pauses. */
export const isLooping = (attributes: MessageAttributes, { maxHops = MAX_HOPS }: Subscription): boolean =>
  maxHops > 0 && hopsOf(attributes) >= maxHops;
