import { parse } from '@lukeed/ms';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../model/spans.ts';
import { WrongUse } from './exit-codes.ts';

/** Milliseconds of `90s`, `2h`, `1.5d`; a number without a unit is seconds. @throws WrongUse */
export function parseDuration(text: string): number {
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * SECOND_MS : parse(text);
  if (ms !== undefined && ms >= 0) return Math.round(ms);
  throw new WrongUse('A duration is a number with ms, s, m, h, d, w or y, like 90s or 2h.');
}

/** Whole seconds of a duration. @throws WrongUse */
export function parseSeconds(text: string): number {
  const ms = parseDuration(text);
  if (ms % SECOND_MS === 0) return ms / SECOND_MS;
  throw new WrongUse('It must be whole seconds.');
}

/** The two largest units, like `3 m 12 s`; milliseconds only below a second. */
export function durationText(ms: number): string {
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  const [large, largeMs, small, smallMs] = UNITS.find(([, unitMs]) => ms >= unitMs) ?? SECONDS;
  const whole = Math.floor(ms / largeMs);
  const rest = smallMs === undefined ? 0 : Math.floor((ms % largeMs) / smallMs);
  return rest === 0 ? `${whole} ${large}` : `${whole} ${large} ${rest} ${small}`;
}

type Unit = readonly [large: string, ms: number, small?: string, smallMs?: number];
const SECONDS: Unit = ['s', SECOND_MS];
const UNITS: readonly Unit[] = [
  ['d', DAY_MS, 'h', HOUR_MS],
  ['h', HOUR_MS, 'm', MINUTE_MS],
  ['m', MINUTE_MS, 's', SECOND_MS],
  SECONDS,
];
