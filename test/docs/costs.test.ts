import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { costPage } from '../../bench/cost-page.ts';
import { readMeasured } from '../../lib/cost/measured.ts';
import { monthOf, sqsMonth, total } from '../../lib/cost/month.ts';
import { PRICES } from '../../lib/cost/prices.ts';
import { monthlyBasePrice, pricedDeployment } from '../../lib/deploy/price.ts';
import { parseSettings } from '../../lib/settings.ts';
import { dollarsADay } from '../../src/console/rules/index.ts';
import { BASE_DOLLARS_A_MONTH, dollarsOf } from '../../src/model/usage.ts';

const measured = readMeasured();
const usual = pricedDeployment(parseSettings({}));
const DAYS = 30;
const load = (messages: number, waiting = 0, workload = '100B-10x10', batch = 10) => ({
  messages,
  waiting,
  workload,
  batch,
});

describe('what a deployment costs', () => {
  it('stands in docs/costs.md as `npm run bench -- cost` prints it', () => {
    const page = readFileSync('docs/costs.md', 'utf8');

    for (const table of costPage().split('\n\n')) expect(page).toContain(table.trim());
  });

  it('is at most $3 a month without messages, and $2 without alarms', () => {
    const price = monthlyBasePrice(parseSettings({}));

    expect(price).toBeLessThanOrEqual(3);
    expect(price - monthOf(measured, usual, load(0)).alarms).toBeLessThanOrEqual(2);
  });

  it.each([
    [1, '100B-1x1'],
    [10, '100B-10x10'],
    [100, 'log-100x100'],
  ])('is estimated within a sixth from what a server counts, in calls of %i', (batch, workload) => {
    for (const messages of [1e6, 1e8, 3e10]) {
      const calls = (3 * messages) / batch / DAYS;
      const day = { calls, callSeconds: calls * 0.03, sent: messages / DAYS, received: 0, deleted: 0 };

      const estimate = DAYS * dollarsOf(day) + BASE_DOLLARS_A_MONTH;

      const bill = total(monthOf(measured, usual, load(messages, 0, workload, batch)));
      expect(estimate / bill).toBeGreaterThan(5 / 6);
      expect(estimate / bill).toBeLessThan(7 / 6);
    }
  });

  it('is said of an open console as its prices have it, in the page and in docs/costs.md', () => {
    const { apiGateway, lambda, cloudwatch, dynamodb } = PRICES;
    const call = (apiGateway.requests + lambda.requests) / 1e6 + 0.015 * lambda.gigabyteSecond;
    const ofCalls = 17_280 * (call + 450e-9 * cloudwatch.logGigabyte);
    const ofLooks = 17_280 * ((3 * dynamodb.readUnits) / 1e6);

    for (const queues of [1, 20, 83]) expect(dollarsADay(queues) / (ofCalls + queues * ofLooks)).toBeCloseTo(1, 1);
    const page = readFileSync('docs/costs.md', 'utf8');
    const rows = [1, 20, 83].map((queues) => [`| ${queues} `, `| $${dollarsADay(queues).toFixed(2)} `] as const);
    for (const [queues, dollars] of rows) {
      expect(page.split('\n').some((line) => line.startsWith(queues) && line.includes(dollars))).toBe(true);
    }
    expect(dollarsADay(1_000)).toBeLessThan(dollarsADay(83));
  });

  it('does not grow by alarms with the cells', () => {
    expect(pricedDeployment(parseSettings({ cells: 64 })).alarms).toBe(usual.alarms);
  });

  it('is a sum in which every part counts', () => {
    const bill = monthOf(measured, { ...usual, keys: 1, isTraced: true }, load(1e9, 3));

    expect(Object.entries(bill).filter(([, usd]) => !(usd > 0))).toEqual([]);
    expect(total(bill)).toBeCloseTo(Object.values(bill).reduce((sum, usd) => sum + usd));
  });

  it('falls with larger calls, and grows with each consumer that waits, by more than for SQS', () => {
    const of = (...args: Parameters<typeof load>) => total(monthOf(measured, usual, load(...args)));

    expect(of(1e8, 0, 'log-100x100', 100)).toBeLessThan(of(1e8));
    expect(of(1e8)).toBeLessThan(of(1e8, 0, '100B-1x1', 1));
    const another = of(1e6, 2) - of(1e6, 1);
    expect(another).toBeGreaterThan(sqsMonth(load(1e6, 2)) - sqsMonth(load(1e6, 1)));
    expect(of(1e6, 10) - of(1e6)).toBeCloseTo(10 * another, 2);
  });

  it('refuses a workload without measurements', () => {
    expect(() => monthOf(measured, usual, load(1, 0, 'unheard-of'))).toThrow('unheard-of was not measured');
  });
});
