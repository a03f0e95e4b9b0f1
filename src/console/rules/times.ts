import { parseSpan } from './durations.ts';

/** Whether times are read and shown in the browser's zone or in UTC. */
export type Zone = 'local' | 'utc';

const DATE = String.raw`(\d{4})-(\d\d)-(\d\d)`;
const CLOCK = String.raw`(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?`;
const ZONED = new RegExp(`^${DATE}T${CLOCK}(Z|[+-]\\d\\d:?\\d\\d)$`);
const DATED = new RegExp(`^${DATE}(?:[T ]${CLOCK})?$`);
const NAMED = new RegExp(`^(today|yesterday)(?: ${CLOCK})?$`);
const DAYTIME = new RegExp(`^${CLOCK}$`);
/** Ten digits are seconds and thirteen are milliseconds, from 2001 to 2286. */
const EPOCH = /^(\d{10}|\d{13})$/;
const AGO = /^(?:-\s*(.+)|(.+?)\s+ago)$/;

export const TIME_EXAMPLES = '14:05, yesterday 14:00, 2h ago, 2026-11-22 16:00, ISO 8601, or epoch seconds';

/** An instant that people write as in `TIME_EXAMPLES`, in milliseconds; `undefined` if it is none. */
export function parseTime(text: string, { nowMs, zone }: { readonly nowMs: number; readonly zone: Zone }) {
  const given = text.trim();
  if (given === 'now') return nowMs;
  if (EPOCH.test(given)) return given.length === 10 ? Number(given) * 1_000 : Number(given);
  if (ZONED.test(given)) return finite(Date.parse(given));
  const [, afterSign, beforeAgo] = AGO.exec(given) ?? [];
  const span = parseSpan(afterSign ?? beforeAgo ?? given);
  if (span !== undefined) return nowMs - span;
  const [, ...dated] = DATED.exec(given) ?? [];
  if (dated.length > 0) return instantOf(dated.slice(0, 3).map(Number), dated.slice(3), zone);
  const [, day, ...clock] = NAMED.exec(given) ?? [];
  if (day !== undefined) return instantOf(dayOf(nowMs, zone, day === 'today' ? 0 : 1), clock, zone);
  const daytime = DAYTIME.exec(given);
  return daytime === null ? undefined : instantOf(dayOf(nowMs, zone, 0), daytime.slice(1), zone);
}

function dayOf(nowMs: number, zone: Zone, daysAgo: number): number[] {
  const now = new Date(nowMs);
  return zone === 'utc'
    ? [now.getUTCFullYear(), now.getUTCMonth() + 1, now.getUTCDate() - daysAgo]
    : [now.getFullYear(), now.getMonth() + 1, now.getDate() - daysAgo];
}

/** `undefined` for a day or an hour that no calendar has, like 31 November or 25:00. */
function instantOf(day: readonly number[], clock: readonly (string | undefined)[], zone: Zone): number | undefined {
  const [year = Number.NaN, month = Number.NaN, date = Number.NaN] = day;
  const [hour = '0', minute = '0', second = '0', fraction = '0'] = clock;
  const isClock = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  if (!isClock || month > 12 || date > daysIn(year, month)) return undefined;
  const ms = Number(fraction.padEnd(3, '0'));
  const parts = [year, month - 1, date, Number(hour), Number(minute), Number(second), ms] as const;
  return finite(zone === 'utc' ? Date.UTC(...parts) : new Date(...parts).getTime());
}

const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();
const finite = (ms: number): number | undefined => (Number.isFinite(ms) ? ms : undefined);

export const isoTime = (ms: number): string => new Date(ms).toISOString();

/** `2026-11-22 16:00:05`, in the zone. */
export function timeText(ms: number, zone: Zone): string {
  return fullTimeText(ms, zone).slice(0, 19);
}

/** For tables: without the date for times of this day. */
export function shortTimeText(ms: number, { nowMs, zone }: { readonly nowMs: number; readonly zone: Zone }): string {
  const text = timeText(ms, zone);
  return text.slice(0, 10) === timeText(nowMs, zone).slice(0, 10) ? text.slice(11) : text;
}

/** With milliseconds and the zone: `2026-11-22 16:00:05.000 +01:00`. */
export function fullTimeText(ms: number, zone: Zone): string {
  const offsetMinutes = zone === 'utc' ? 0 : -new Date(ms).getTimezoneOffset();
  const [date = '', clock = ''] = isoTime(ms + offsetMinutes * 60_000)
    .slice(0, 23)
    .split('T');
  return `${date} ${clock} ${zone === 'utc' ? 'UTC' : offsetText(offsetMinutes)}`;
}

function offsetText(minutes: number): string {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}
