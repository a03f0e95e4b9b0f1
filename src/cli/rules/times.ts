import { parseDuration } from './durations.ts';
import { WrongUse } from './exit-codes.ts';

/** What a time without a zone or a date refers to. */
export interface TimeContext {
  readonly nowMs: number;
  /** Times without a zone are UTC; otherwise they are in the zone of the process. */
  readonly isUtc: boolean;
}

const DATE = String.raw`(\d{4})-(\d\d)-(\d\d)`;
const CLOCK = String.raw`(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?`;
const ZONED = new RegExp(`^${DATE}T${CLOCK}(Z|[+-]\\d\\d:?\\d\\d)$`);
const DATED = new RegExp(`^${DATE}(?:[T ]${CLOCK})?$`);
const NAMED = new RegExp(`^(now|today|yesterday)(?: ${CLOCK})?$`);
const DAYTIME = new RegExp(`^${CLOCK}$`);
/** Ten digits are seconds and thirteen are milliseconds, from 2001 to 2286. */
const EPOCH_SECONDS = /^\d{10}$/;
const EPOCH_MS = /^\d{13}$/;
const AGO = /^(?:-(\S+)|(\S+(?: \w+)?) ago)$/;
const DURATION = /^\d+(\.\d+)?[a-z]+$/i;

/**
 * Milliseconds since 1970 of a time as people write it: `2h ago`, `-30m`, `2h` (ago), `14:05`, `yesterday 14:00`,
 * `2026-11-22`, ISO 8601, or epoch seconds or milliseconds. The grammar is strict: a rewind must not guess.
 *
 * @throws WrongUse
 */
export function parseTime(text: string, context: TimeContext): number {
  const given = text.trim();
  const ms = epochOf(given) ?? agoOf(given, context) ?? zonedOf(given) ?? dayOf(given, context);
  if (ms !== undefined && Number.isFinite(ms)) return ms;
  throw new WrongUse(
    `"${text}" is no time; allowed are 2h, "2h ago", 14:05, "yesterday 14:00", 2026-11-22, ISO 8601 and epoch numbers.`,
  );
}

function epochOf(text: string): number | undefined {
  if (EPOCH_SECONDS.test(text)) return Number(text) * 1_000;
  return EPOCH_MS.test(text) ? Number(text) : undefined;
}

function agoOf(text: string, { nowMs }: TimeContext): number | undefined {
  const [, afterSign, beforeAgo] = AGO.exec(text) ?? [];
  const span = afterSign ?? beforeAgo ?? (DURATION.test(text) ? text : undefined);
  return span === undefined ? undefined : nowMs - parseDuration(span);
}

const zonedOf = (text: string): number | undefined => (ZONED.test(text) ? Date.parse(text) : undefined);

function dayOf(text: string, context: TimeContext): number | undefined {
  if (text === 'now') return context.nowMs;
  const dated = DATED.exec(text);
  if (dated !== null) {
    const [, year, month, day, ...clock] = dated;
    return instantOf([Number(year), Number(month) - 1, Number(day)], clock, context);
  }
  const [, name, ...clockOfDay] = NAMED.exec(text) ?? [];
  if (name !== undefined && name !== 'now')
    return instantOf(dateOf(name === 'today' ? 0 : 1, context), clockOfDay, context);
  const daytime = DAYTIME.exec(text);
  return daytime === null ? undefined : instantOf(dateOf(0, context), daytime.slice(1), context);
}

type CalendarDate = readonly [year: number, month: number, day: number];

function dateOf(daysAgo: number, { nowMs, isUtc }: TimeContext): CalendarDate {
  const now = new Date(nowMs);
  if (isUtc) return [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - daysAgo];
  return [now.getFullYear(), now.getMonth(), now.getDate() - daysAgo];
}

/** `undefined` for a day or an hour that no calendar has, like 31 November. */
function instantOf(
  [year, month, day]: CalendarDate,
  clock: readonly (string | undefined)[],
  { isUtc }: TimeContext,
): number | undefined {
  const [hour = '0', minute = '0', second = '0', fraction = '0'] = clock;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59 || month > 11 || day > daysIn(year, month)) {
    return undefined;
  }
  const ms = Number(fraction.padEnd(3, '0'));
  const parts = [year, month, day, Number(hour), Number(minute), Number(second), ms] as const;
  return isUtc ? Date.UTC(...parts) : new Date(...parts).getTime();
}

const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
