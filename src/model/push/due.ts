import type { EpochMs } from '../brand.ts';
import type { QueueId } from '../ids.ts';
import { MINUTE_MS } from '../spans.ts';
import { isAsleep, type PushLease } from './lease.ts';

/** A dispatcher stays awake for what comes due within this; for what comes later it is woken. */
export const SOON_MS = 10_000;
/** A wake-up that has not led to a look after this is repeated. */
export const WAKE_AGAIN_MS = 15_000;

/** Digits of a minute since 1970, padded so that names sort. */
const MINUTE_LENGTH = 9;

/** Name of the note that a queue is to be woken at the first full minute from that moment on. Names sort by time. */
export const dueName = (queueId: QueueId, dueMs: number): string =>
  `${String(Math.ceil(dueMs / MINUTE_MS)).padStart(MINUTE_LENGTH, '0')}/${queueId}`;

/** What a note says. */
export const dueOf = (name: string): { readonly atMs: number; readonly queueId: QueueId } => ({
  atMs: Number(name.slice(0, MINUTE_LENGTH)) * MINUTE_MS,
  queueId: name.slice(MINUTE_LENGTH + 1) as QueueId,
});

/**
 * When a dispatcher has to be woken for messages that come due at `visibleAtMs`; `undefined`: it is awake, and looks
 * once more after it has gone to sleep. While the target is at fault it is not woken before the next try.
 *
 * @param lease - read after the messages were stored
 */
export function wakeAtMs(
  lease: PushLease | undefined,
  { visibleAtMs, nowMs }: { readonly visibleAtMs: number; readonly nowMs: EpochMs },
): number | undefined {
  if (!isAsleep(lease, nowMs)) return undefined;
  const dueMs = Math.max(visibleAtMs, lease?.breaker?.retryAtMs ?? 0);
  return dueMs <= nowMs + SOON_MS ? nowMs : dueMs;
}
