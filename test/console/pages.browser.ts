import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings } from './findings.ts';
import { givenConsole } from './given-console.ts';

const handlers = mkdtempSync(join(tmpdir(), 'rewindmq-pages-'));
writeFileSync(join(handlers, 'orders.mjs'), 'export const handler = async () => ({});\n');
const at = givenConsole({ handlers });
afterAll(() => rmSync(handlers, { recursive: true, force: true }));

/** Where a run leaves its pictures, to be looked at; none by default. */
const PICTURES = process.env['CONSOLE_PICTURES'];

beforeAll(async () => {
  const queue = at.client.queue('orders');
  await at.client.queue('orders-dead').create();
  await queue.create({
    visibilitySeconds: 3_600,
    deadLetter: { queue: 'orders-dead', maxReceives: 2 },
    tags: { team: 'shop' },
  });
  await queue.sendMany(Array.from({ length: 60 }, (_, number) => `{"order": ${number}}`));
  await queue.send({ body: 'later', delaySeconds: 3_600 });
  const received = await queue.receive({ max: 20 });
  await queue.delete(received.slice(0, 10).map(({ receipt }) => receipt));
  await queue.rewind({ from: '2020-01-01T00:00:00Z' });
  const pushing = at.client.queue('pushing');
  await pushing.create();
  await pushing.subscription.put({ to: { lambda: 'file:orders.mjs#handler' } });
});

/** Every page, and what it shows once it has read what it needs. */
const PAGES: readonly (readonly [path: string, shows: string])[] = [
  ['/', 'Counts of'],
  ['/queues/orders', 'adds up'],
  ['/queues/orders/messages', 'shown'],
  ['/queues/orders/messages?state=inFlight', 'shown'],
  ['/queues/orders/messages?state=delayed', '1 shown'],
  ['/queues/orders/messages?state=deleted', 'shown'],
  ['/queues/orders/rewind', 'Rewinds and redrives'],
  ['/queues/orders-dead/rewind', 'came from'],
  ['/queues/pushing/push', 'file:orders.mjs#handler'],
  ['/queues/orders/settings', 'Purge and delete'],
  ['/queues/orders/shards', '1 shard'],
  ['/jobs', 'begun'],
  ['/usage', 'Usage and cost'],
  ['/shards', 'Cell 0'],
];

async function visit(page: Page, path: string, shows: string): Promise<void> {
  await page.goto(`${at.url}/console${path}`);
  await page.locator('main').getByText(shows).first().waitFor();
}

const nameOf = (path: string): string => path.replaceAll(/[^a-zA-Z]+/g, '-').replaceAll(/^-|-$/g, '') || 'queues';

/** What sticks out of the page to the right, and would scroll the whole page. */
const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

/** Pictures are taken of all looks. A look that is dark, or narrow, has no rule that the other two do not have. */
const LOOKS = (
  [
    ['light', 1_280],
    ['dark', 360],
    ['dark', 1_280],
    ['light', 360],
  ] as const
).slice(0, PICTURES === undefined ? 2 : 4);

describe('every page', () => {
  it.each(LOOKS)('is accessible and fits, %s, %i px wide', async (colorScheme, width) => {
    const { page, complaints } = await at.open('/', {
      colorScheme,
      reducedMotion: 'reduce',
      viewport: { width, height: 900 },
    });
    const wrong: string[] = [];
    for (const [path, shows] of PAGES) {
      await visit(page, path, shows).catch((error: unknown) => wrong.push(`${path}: ${String(error)}`));
      for (const finding of await findings(page)) wrong.push(`${path}: ${finding}`);
      const overflow = await page.evaluate<number>(OVERFLOW);
      if (overflow > 0) wrong.push(`${path}: ${overflow} px too wide`);
      if (PICTURES !== undefined) {
        mkdirSync(PICTURES, { recursive: true });
        await page.screenshot({ path: join(PICTURES, `${nameOf(path)}-${colorScheme}-${width}.png`) });
      }
    }
    const moving = 'document.getAnimations().filter((one) => one.effect?.getComputedTiming().duration > 10).length';

    expect(wrong).toEqual([]);
    expect(await page.evaluate<number>(moving)).toBe(0);
    expect(complaints).toEqual([]);
  });
});

/** Presses Tab until what has the focus has this name; a person who needs more presses has lost the way. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const FOCUSED =
    '(document.activeElement?.getAttribute("aria-label") || document.activeElement?.textContent || "").trim()';
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab');
    if (name.test(await page.evaluate<string>(FOCUSED))) return;
  }
  throw new Error(`no element named ${String(name)} can be reached`);
}

describe('the keyboard alone', () => {
  it('finds a queue, sends to it, opens the message, and finds the way back', async () => {
    const { page, complaints } = await at.open('/');
    await page.locator('[role=grid] .table-item').first().waitFor();

    await page.keyboard.press('/');
    await page.keyboard.type('pushing');
    await page.waitForURL(/search=pushing/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    await tabTo(page, /^pushing/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'pushing' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('q');
    await page.waitForURL(/console\/queues$/);
    await page.goto(`${at.url}/console/queues/orders`);
    await tabTo(page, /^Send message$/);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.getByLabel('Body').focus();
    await page.keyboard.type('typed');
    await tabTo(page, /^Send message$/);
    await page.keyboard.press('Enter');
    await page.getByText('Sent to orders').waitFor();

    await page.goto(`${at.url}/console/queues/orders/messages`);
    await page.locator('[role=grid] .table-item').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Message' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('region', { name: 'Message' }).waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    await page
      .getByRole('dialog')
      .getByText('no key deletes', { exact: false })
      .or(page.getByRole('dialog'))
      .first()
      .waitFor();
    expect(complaints).toEqual([]);
  });
});

describe('a push', () => {
  it('is paused and resumed after a question that shows the same by command line', async () => {
    const { page, complaints } = await at.open('/queues/pushing/push');
    const { subscription } = at.client.queue('pushing');

    await page.getByRole('button', { name: 'Pause …' }).click();
    await page.getByRole('dialog').getByText('The same by command line and API').click();
    await page.getByRole('dialog').getByText(`npx rewindmq --url ${at.url} push pause pushing`).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Pause the push' }).click();
    await page.getByText('Paused since').waitFor();
    expect(await subscription.show()).toMatchObject({ state: 'paused' });

    await page.getByRole('button', { name: 'Resume …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume the push' }).click();
    await page.getByRole('button', { name: 'Pause …' }).waitFor();
    expect(await subscription.show()).toMatchObject({ state: 'active' });
    expect(complaints).toEqual([]);
  });
});
