import { describe, expect, it } from 'vitest';
import { fullTimeText, parseTime, shortTimeText, timeText } from '../../src/console/rules/index.ts';

const NOW = { nowMs: Date.UTC(2026, 10, 30, 9, 30), zone: 'utc' } as const;
const isoOf = (text: string) => {
  const ms = parseTime(text, NOW);
  return ms === undefined ? undefined : new Date(ms).toISOString();
};

describe('a typed time', () => {
  it.each([
    ['now', '2026-11-30T09:30:00.000Z'],
    ['2h ago', '2026-11-30T07:30:00.000Z'],
    ['-30m', '2026-11-30T09:00:00.000Z'],
    ['14:05', '2026-11-30T14:05:00.000Z'],
    ['yesterday 14:00', '2026-11-29T14:00:00.000Z'],
    ['today', '2026-11-30T00:00:00.000Z'],
    ['2026-11-22', '2026-11-22T00:00:00.000Z'],
    ['2026-11-22 16:00:05.123', '2026-11-22T16:00:05.123Z'],
    ['2026-11-22T16:00:00+01:00', '2026-11-22T15:00:00.000Z'],
    ['1795708800', '2026-11-26T16:00:00.000Z'],
    ['1795708800123', '2026-11-26T16:00:00.123Z'],
  ])('%j is %s', (text, iso) => {
    expect(isoOf(text)).toBe(iso);
  });

  it.each(['', 'soon', '25:00', '2026-11-31', '2026-13-01', '12', 'yesterday 24:00', '2026-11-22T16:00:00 CET'])(
    '%j is none',
    (text) => {
      expect(parseTime(text, NOW)).toBeUndefined();
    },
  );
});

describe('a shown time', () => {
  const ms = Date.UTC(2026, 10, 30, 9, 0, 5, 7);

  it('has milliseconds and its zone in full, and no date in a table of the same day', () => {
    expect(fullTimeText(ms, 'utc')).toBe('2026-11-30 09:00:05.007 UTC');
    expect(timeText(ms, 'utc')).toBe('2026-11-30 09:00:05');
    expect(shortTimeText(ms, NOW)).toBe('09:00:05');
    expect(shortTimeText(ms - 86_400_000, NOW)).toBe('2026-11-29 09:00:05');
  });
});
