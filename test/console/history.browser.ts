import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openLocalRuntime } from '../../src/runtime/local.ts';
import { silentLog } from '../support/logs.ts';
import { findings } from './findings.ts';
import { givenConsole } from './given-console.ts';
import { historyLines } from './given-history.ts';

/** A data directory with a queue and its past: the last hour with a gap, and a month of days. */
const directory = mkdtempSync(join(tmpdir(), 'rewindmq-console-'));
const former = await openLocalRuntime({ directory, port: 0, log: silentLog });
await fetch(`${former.url}/queues/orders`, { method: 'PUT' });
const { queue } = await former.service.routes.get('orders');
await former.close();
for (const [name, text] of historyLines(queue.id, Date.now())) writeFileSync(join(directory, 'history', name), text);

// Hooks end in reverse order: the server closes before its directory goes.
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const at = givenConsole({ directory });

describe('the past', () => {
  it('is drawn in charts over spans, and told in a table and to screen readers', async () => {
    const { page, complaints } = await at.open('/queues/orders');
    await page.getByRole('img', { name: /^Flow, messages a second: sent/ }).waitFor();
    expect(await page.locator('.chart canvas').count()).toBe(4);
    expect(await page.locator('.chart canvas').first().getAttribute('width').then(Number)).toBeGreaterThan(200);

    await page.getByText('As a table').click();
    // The newest minute may be that of the server itself.
    expect(await page.getByRole('region', { name: 'Numbers of the charts' }).locator('tbody tr').count()).toBeLessThan(
      60,
    );
    expect(await findings(page)).toEqual([]);

    await page.getByRole('button', { name: '14 days' }).click();
    await page.waitForURL(/span=14d/);
    await page.getByRole('img', { name: /^Trouble, messages each hour: received again 1/ }).waitFor();
    await page.reload();
    await page.getByRole('img', { name: /^Trouble, messages each hour/ }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('is a line in the list of queues, and a bill for last month', async () => {
    const { page, complaints } = await at.open('/');
    await page.getByRole('img', { name: 'ready in the last hour: at most 59' }).waitFor();

    await page.keyboard.press('g');
    await page.keyboard.press('u');

    const lastMonth = new Date(Date.now() - 40 * 86_400_000).toISOString().slice(0, 7);
    await page.getByRole('rowheader', { name: lastMonth, exact: true }).waitFor();
    expect(await findings(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
