import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { givenConsole } from './given-console.ts';

/**
 * The console of a large server. CI takes few messages, and the refreshes of ten minutes without their pauses. By
 * hand it measures, holds the bounds, and leaves a console open:
 * `CONSOLE_MESSAGES=1000000 CONSOLE_MINUTES=60 TEST_KIND=browser npx vitest run test/console/large.browser.ts`
 */
const QUEUES = 1_000;
const MESSAGES = Number(process.env['CONSOLE_MESSAGES'] ?? 5_000);
const MINUTES = Number(process.env['CONSOLE_MINUTES'] ?? 0);
const IS_MEASURED = process.env['CONSOLE_MESSAGES'] !== undefined;

const at = givenConsole();
const rows = (page: Page) => page.locator('[role=grid] .table-item');

beforeAll(async () => {
  for (let first = 0; first < QUEUES; first += 50) {
    const names = Array.from({ length: 50 }, (_, index) => `queue-${String(first + index).padStart(4, '0')}`);
    await Promise.all(names.map((name) => at.client.queue(name).create()));
  }
  const busy = at.client.queue('queue-0000');
  for (let first = 0; first < MESSAGES; first += 10_000) {
    const count = Math.min(10_000, MESSAGES - first);
    await busy.sendMany(Array.from({ length: count }, (_, index) => `{"order": ${first + index}}`));
  }
}, 1_200_000);

/** Milliseconds until the work is done, with what the test itself takes. */
async function taken(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** Counts calls of the store of shards, by whether they only read. */
function countingCalls(): { reads: number; writes: string[] } {
  const counted = { reads: 0, writes: [] as string[] };
  const store = at.service.shards as unknown as Record<string, (...given: unknown[]) => unknown>;
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(store))) {
    const original = store[name];
    if (typeof original !== 'function' || name === 'constructor') continue;
    store[name] = (...given) => {
      if (name === 'list' || name === 'get') counted.reads += 1;
      else if (!/^(read|list|get)/.test(name)) counted.writes.push(name);
      return original.apply(store, given);
    };
  }
  return counted;
}

/** Views are read again this often. */
const STEP_SECONDS = 5;
/** The list once, by its names' own views too; the history of the server once; and each view twelve times. */
const READS_A_MINUTE_MAX = 2 * 2 * QUEUES + 12 * 20;
/** Every page, and what it shows. A count before a rewind puts barriers when the page opens, and not again. */
const PAGES: readonly (readonly [path: string, shows: string])[] = [
  ['/queues', 'Looking changes nothing'],
  ['/queues/queue-0000', 'adds up'],
  ['/queues/queue-0000/messages', 'shown'],
  ['/queues/queue-0000/messages?state=inFlight', 'shown'],
  ['/queues/queue-0000/rewind', 'exactly'],
  ['/queues/queue-0000/push', 'pushes nothing'],
  ['/queues/queue-0000/settings', 'Purge and delete'],
  ['/queues/queue-0000/shards', '1 shard'],
  ['/jobs', 'There was no job yet'],
  ['/usage', 'Usage and cost'],
  ['/shards', 'Cell 0'],
];

const LIST_MS_MAX = 1_000;
const JUMP_MS_MAX = 500;

describe('a console of a thousand queues', () => {
  it('lists them, and jumps to a time among many messages', async () => {
    const { page, complaints } = await at.open('/shards');
    await page.getByText('Cell 0').first().waitFor();

    const order: string[] = [];
    page.on('request', (request) => order.push(`asked ${request.url().split('?')[1] ?? ''}`));
    page.on('requestfinished', (request) => order.push(`answered ${request.url().split('?')[1] ?? ''}`));
    const listMs = await taken(async () => {
      await page.keyboard.press('g');
      await page.keyboard.press('q');
      await page.getByText(`(1\u202f000)`).waitFor();
      await rows(page).first().waitFor();
    });
    await page.getByText('Looking changes nothing').waitFor();
    const ofLists = order.filter((one) => one.includes('counts='));
    expect(ofLists.map((one) => one.replace('&limit=1000', ''))).toEqual([
      'asked counts=false',
      'answered counts=false',
      'asked counts=recent',
      'answered counts=recent',
    ]);
    await page.goto(`${at.url}/console/queues/queue-0000/messages`);
    await rows(page).first().waitFor();
    await page.getByPlaceholder('Time or message id').fill('1h ago');
    const jumpMs = await taken(async () => {
      await page.keyboard.press('Enter');
      await page.waitForURL(/from=20/);
      await rows(page).first().waitFor();
    });

    console.log(`${MESSAGES} messages: the list took ${Math.round(listMs)} ms, a jump ${Math.round(jumpMs)} ms`);
    expect(complaints).toEqual([]);
    if (IS_MEASURED) {
      expect(listMs).toBeLessThanOrEqual(LIST_MS_MAX);
      expect(jumpMs).toBeLessThanOrEqual(JUMP_MS_MAX);
    }
  });

  it('reads two pages a queue for each look at the list, and writes nothing', async () => {
    const { page } = await at.open('/');
    await rows(page).first().waitFor();
    const counted = countingCalls();

    for (let look = 0; look < 3; look += 1) {
      const answered = page.waitForResponse(/counts=recent/);
      await page.getByRole('button', { name: 'Read again' }).click();
      await (await answered).finished();
    }

    expect(counted.writes).toEqual([]);
    expect(counted.reads).toBeGreaterThanOrEqual(2 * QUEUES);
    // One look more: that of the history, each minute.
    expect(counted.reads).toBeLessThanOrEqual(4 * 2 * QUEUES);
  });

  it.each(PAGES)('writes nothing and reads within its budget in a minute of %s', async (path, shows) => {
    const { page } = await at.open('/shards', {}, async (opened) => await opened.clock.install());
    const pending = new Set<unknown>();
    page.on('request', (request) => pending.add(request));
    for (const end of ['requestfinished', 'requestfailed'] as const) {
      page.on(end as 'requestfinished', (request) => pending.delete(request));
    }
    const settled = async () => await expect.poll(() => pending.size, { timeout: 60_000 }).toBe(0);
    await page.goto(`${at.url}/console${path}`);
    await page.locator('main').getByText(shows).first().waitFor();
    await settled();
    const counted = countingCalls();

    for (let second = 0; second < 60; second += STEP_SECONDS) {
      await page.clock.runFor(1_000 * STEP_SECONDS);
      await settled();
    }

    expect(counted.writes).toEqual([]);
    expect(counted.reads).toBeLessThanOrEqual(READS_A_MINUTE_MAX);
  });

  it('stays as small as it is through many refreshes', { timeout: MINUTES * 90_000 + 240_000 }, async () => {
    const { page, complaints } = await at.open('/queues/queue-0000');
    await page.getByText('adds up').waitFor();
    const session = await page.context().newCDPSession(page);
    const heapBytes = async () => {
      await session.send('HeapProfiler.collectGarbage');
      return (await session.send('Runtime.getHeapUsage')).usedSize;
    };
    const refresh = async () => {
      const answered = page.waitForResponse(/counts=recent/);
      await page.keyboard.press('r');
      await (await answered).finished();
    };
    for (let warm = 0; warm < 20; warm += 1) await refresh();
    const before = await heapBytes();

    for (let look = 0; look < 720 / (MINUTES > 0 ? 1 : 6); look += 1) await refresh();
    if (MINUTES > 0) await page.waitForTimeout(MINUTES * 60_000);

    const grown = (await heapBytes()) - before;
    console.log(`heap: ${Math.round(before / 1_024)} KiB, grown by ${Math.round(grown / 1_024)} KiB`);
    expect(grown).toBeLessThan(2 * 1_024 * 1_024);
    expect(complaints).toEqual([]);
  });
});
