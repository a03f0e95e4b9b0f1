import { type EpochMs, isoText } from './brand.ts';
import { FORMER_WINDOWS_MAX } from './limits.ts';
import type { FormerWindow, Queue } from './queue.ts';

type Window = FormerWindow['rewindMs'];

type Kept = Pick<Queue, 'createdAtMs' | 'settings' | 'formerWindows'>;

/**
 * From which moment on everything that was deleted from a queue is still kept, and why not what was deleted before.
 * Nothing when that is everything since the queue was created.
 */
export function keptSince(
  queue: Kept,
  nowMs: EpochMs,
): { readonly sinceMs: EpochMs; readonly why: string } | undefined {
  const windows = [...(queue.formerWindows ?? []), { rewindMs: queue.settings.rewindMs, untilMs: nowMs }];
  let fromMs = queue.createdAtMs;
  let kept: { sinceMs: EpochMs; why: string } | undefined;
  for (const { rewindMs, untilMs } of windows) {
    const lostToMs = rewindMs === 'forever' ? 0 : Math.min(untilMs, nowMs - rewindMs);
    if (lostToMs > fromMs) kept = { sinceMs: lostToMs as EpochMs, why: reasonOf(rewindMs, untilMs, nowMs) };
    fromMs = untilMs;
  }
  return kept;
}

/** The former windows of a queue whose window becomes another one now. */
export function formerWindows(queue: Kept, rewindMs: Window, nowMs: EpochMs): readonly FormerWindow[] | undefined {
  if (rewindMs === queue.settings.rewindMs) return queue.formerWindows;
  const windows = [...(queue.formerWindows ?? []), { rewindMs: queue.settings.rewindMs, untilMs: nowMs }];
  const [oldest, second, ...others] = windows;
  if (windows.length <= FORMER_WINDOWS_MAX || oldest === undefined || second === undefined) return windows;
  // Too many: the two oldest count as one that kept as little as the shorter of them.
  return [{ rewindMs: shorter(oldest.rewindMs, second.rewindMs), untilMs: second.untilMs }, ...others];
}

const shorter = (one: Window, other: Window): Window =>
  one === 'forever' ? other : other === 'forever' ? one : Math.min(one, other);

function reasonOf(rewindMs: Window, untilMs: EpochMs, nowMs: EpochMs): string {
  const seconds = Number(rewindMs) / 1_000;
  if (untilMs === nowMs) return `rewindSeconds is ${seconds}: what was deleted longer ago is not kept`;
  return `rewindSeconds was ${seconds} until ${isoText(untilMs)}: what was deleted before is kept for that long only`;
}
