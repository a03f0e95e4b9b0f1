import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../model/spans.ts';

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['d', DAY_MS],
  ['h', HOUR_MS],
  ['m', MINUTE_MS],
  ['s', SECOND_MS],
];

/** The two largest units: `3 m 12 s`; milliseconds only below a second. */
export function durationText(ms: number): string {
  if (ms < SECOND_MS) return `${Math.max(0, Math.round(ms))} ms`;
  const at = UNITS.findIndex(([, unitMs]) => ms >= unitMs);
  const [large = 's', largeMs = SECOND_MS] = UNITS[at] ?? [];
  const [small, smallMs = SECOND_MS] = UNITS[at + 1] ?? [];
  const rest = small === undefined ? 0 : Math.floor((ms % largeMs) / smallMs);
  return `${Math.floor(ms / largeMs)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

export const secondsText = (seconds: number | 'forever'): string =>
  seconds === 'forever' ? seconds : seconds === 0 ? '0 s' : durationText(seconds * SECOND_MS);

const SPAN = /^(\d+(?:\.\d+)?)\s*(ms|s|sec|second|m|min|minute|h|hour|d|day|w|week)s?$/i;
const MS_OF: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND_MS,
  sec: SECOND_MS,
  second: SECOND_MS,
  m: MINUTE_MS,
  min: MINUTE_MS,
  minute: MINUTE_MS,
  h: HOUR_MS,
  hour: HOUR_MS,
  d: DAY_MS,
  day: DAY_MS,
  w: 7 * DAY_MS,
  week: 7 * DAY_MS,
};

/** Milliseconds of `90s`, `2 h`, `1.5d`; `undefined` for anything else. */
export function parseSpan(text: string): number | undefined {
  const [, number, unit = ''] = SPAN.exec(text.trim()) ?? [];
  return number === undefined ? undefined : Math.round(Number(number) * (MS_OF[unit.toLowerCase()] ?? Number.NaN));
}

/** Whole seconds of a field: a number of seconds, or a span. `undefined` if it is neither. */
export function parseSecondsField(text: string): number | undefined {
  const given = text.trim();
  const ms = /^\d+$/.test(given) ? Number(given) * SECOND_MS : parseSpan(given);
  return ms === undefined || ms % SECOND_MS !== 0 ? undefined : ms / SECOND_MS;
}
