import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Alarms } from '../../../src/stores/embedded/alarms.ts';
import { ManualClock } from '../../support/clock.ts';
import { at, START_MS } from '../../support/ids.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('rings in the order of time what is due and was not cancelled', async () => {
  const alarms = fc.array(fc.record({ ms: fc.nat({ max: 100 }), isCancelled: fc.boolean() }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(alarms, fc.nat({ max: 100 }), async (given, elapsedMs) => {
      const clock = new ManualClock(START_MS);
      const board = new Alarms(clock);
      const rung: number[] = [];
      const cancels = given.map(({ ms }) => board.set(at(ms), () => rung.push(ms)));
      given.forEach(({ isCancelled }, index) => isCancelled && cancels[index]?.());

      clock.advance(elapsedMs);
      await turn();

      const due = given.filter(({ ms, isCancelled }) => ms <= elapsedMs && !isCancelled).map(({ ms }) => ms);
      expect(rung).toEqual(due.sort((one, other) => one - other));
    }),
  );
});

it('rings an alarm that was set for an earlier time than the one it slept for', async () => {
  const clock = new ManualClock(START_MS);
  const alarms = new Alarms(clock);
  const rung: string[] = [];
  alarms.set(at(1_000), () => rung.push('late'));
  alarms.set(at(10), () => rung.push('early'));

  clock.advance(10);
  await turn();
  const rungFirst = [...rung];
  clock.advance(990);
  await turn();

  expect(rungFirst).toEqual(['early']);
  expect(rung).toEqual(['early', 'late']);
});

it('rings an alarm that is years away', async () => {
  const clock = new ManualClock(START_MS);
  let isRung = false;
  new Alarms(clock).set(at(2 ** 40), () => (isRung = true));

  clock.advance(2 ** 40 - 1);
  await turn();
  const wasRungBefore = isRung;
  clock.advance(60_000);
  await turn();

  expect(wasRungBefore).toBe(false);
  expect(isRung).toBe(true);
});
