import type { EpochMs } from './brand.ts';
import { DAY_MS, HOUR_MS } from './spans.ts';

/** How long archive objects are kept, in days; each is a prefix of object names with a lifecycle of its own. */
export const RETENTION_DAYS = [1, 3, 7, 14, 30, 90, 365, 1_095] as const;
export type RetentionClass = `${(typeof RETENTION_DAYS)[number]}d` | 'forever';

/** Objects outlive their class by this much: the last moment can be rewound, and a running rewind can finish. */
export const RETENTION_SPARE_MS = 2 * DAY_MS;

/** The shortest class that keeps deleted messages at least `rewindMs`; none when rewinding is off. */
export function retentionClass(rewindMs: number | 'forever'): RetentionClass | undefined {
  if (rewindMs === 0) return undefined;
  if (rewindMs === 'forever') return 'forever';
  const days = RETENTION_DAYS.find((candidate) => candidate * DAY_MS >= rewindMs);
  return days === undefined ? 'forever' : `${days}d`;
}

/** Whole hours since 1970 as text that sorts. */
export const hourText = (at: EpochMs): string => String(Math.floor(at / HOUR_MS)).padStart(7, '0');

/** When an archive object may go, as its name tells class and hour: `undefined` for those kept for ever. */
export function expiresAtMs(object: string): EpochMs | undefined {
  const [, retention = '', hour = ''] = object.split('/');
  if (retention === 'forever') return undefined;
  const days = Number.parseInt(retention, 10);
  return ((Number(hour) + 1) * HOUR_MS + days * DAY_MS + RETENTION_SPARE_MS) as EpochMs;
}

/** Its time is over: it may be gone at any moment, so nothing in it is promised. */
export const isExpired = (object: string, nowMs: EpochMs): boolean =>
  (expiresAtMs(object) ?? Number.POSITIVE_INFINITY) <= nowMs;
