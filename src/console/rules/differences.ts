import type { Queue, UpdateQueueRequest } from '../../client/api.d.ts';
import { secondsText } from './durations.ts';

/** What a change of settings changes, in words. */
export interface Difference {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** What it does to messages that are there, where it may surprise. */
  readonly warning?: string;
}

/** The attributes that get another value. */
export function differencesOf(queue: Queue, changes: UpdateQueueRequest): Difference[] {
  return Object.entries(changes)
    .map(([name, to]) => ({ name, from: valueText(name, queue[name as keyof Queue]), to: valueText(name, to) }))
    .filter(({ from, to }) => from !== to)
    .map((difference) => ({ ...difference, ...warningOf(queue, difference.name, changes) }));
}

function valueText(name: string, value: unknown): string {
  if (value === undefined || value === null) return 'none';
  if (typeof value === 'number' && name.endsWith('Seconds')) return secondsText(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function warningOf({ rewindSeconds }: Queue, name: string, changes: UpdateQueueRequest): Pick<Difference, 'warning'> {
  const next = changes.rewindSeconds;
  if (name !== 'rewindSeconds' || next === undefined || next === 'forever') return {};
  if (rewindSeconds !== 'forever' && next >= rewindSeconds) return {};
  return {
    warning:
      next === 0
        ? 'Messages that are deleted from now on cannot be rewound.'
        : `What was deleted more than ${secondsText(next)} ago can no longer be rewound.`,
  };
}
