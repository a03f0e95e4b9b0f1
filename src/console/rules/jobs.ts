import type { Rewind } from '../../client/api.d.ts';
import { durationText } from './durations.ts';
import { countText, messagesText } from './numbers.ts';

/** The messages of a finished rewind can be taken back for this long. */
const UNDO_MS = 86_400_000;

/** What can be done with a job: a running one is cancelled, a finished rewind is undone for a day. */
export function undoOf({ state, finishedAt, messagesRewound }: Rewind, nowMs: number): 'cancel' | 'undo' | undefined {
  if (state === 'running') return 'cancel';
  const isYoung = finishedAt !== undefined && nowMs - Date.parse(finishedAt) < UNDO_MS;
  return state === 'done' && isYoung && messagesRewound > 0 ? 'undo' : undefined;
}

/** How far a job is: `percent` from 0 to 100, and in words. @param expected - what was counted before it began */
export function progressOf(
  job: Rewind,
  nowMs: number,
  expected?: number,
): { readonly percent: number; readonly text: string } {
  const { state, messagesRewound, startedAt, finishedAt } = job;
  const takenMs = Math.max(1, (finishedAt === undefined ? nowMs : Date.parse(finishedAt)) - Date.parse(startedAt));
  if (state !== 'running') {
    return { percent: job.percent, text: `${messagesText(messagesRewound)} in ${durationText(takenMs)}` };
  }
  const share = expected === undefined || expected === 0 ? 0 : Math.min(99, (100 * messagesRewound) / expected);
  const percent = Math.round(Math.max(job.percent, share));
  const rate = Math.round((messagesRewound * 1_000) / takenMs);
  const left = percent === 0 ? '' : `, about ${durationText((takenMs * (100 - percent)) / percent)} left`;
  const of = expected === undefined ? '' : ` of ${countText(expected)}`;
  return { percent, text: `${countText(messagesRewound)}${of} brought back, ${countText(rate)} a second${left}` };
}
