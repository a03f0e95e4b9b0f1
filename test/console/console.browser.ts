import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { findings } from './findings.ts';
import { givenConsole } from './given-console.ts';

const at = givenConsole();
const HOSTILE = '<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>';

const rows = (page: Page) => page.locator('[role=grid] .table-item');

describe('an empty server', () => {
  it('greets with three ways to send a first message, and shows it arrive', async () => {
    const { page, complaints } = await at.open('/');
    await page.getByText('There is no queue yet').waitFor();
    expect(await page.getByRole('tab').allTextContents()).toEqual(['curl', 'AWS command line', 'TypeScript']);
    expect(await findings(page)).toEqual([]);

    await at.client.queue('first').create();
    await at.client.queue('first').send('hello');
    await page.getByRole('button', { name: 'Read again' }).click();

    await rows(page).filter({ hasText: 'first' }).waitFor();
    expect(complaints).toEqual([]);
  });
});

describe('the console', () => {
  it('creates a queue, sends to it, and sees counts move when a consumer works', async () => {
    const { page, complaints } = await at.open('/');
    await page.getByRole('button', { name: 'Create queue' }).first().click();
    await page.getByLabel('Name', { exact: true }).fill('orders');
    await page.getByText('The same by command line and API').click();
    await page.getByText(`npx rewindmq --url ${at.url} queue create orders`).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Create queue' }).click();
    await page.getByRole('heading', { name: 'orders' }).waitFor();

    await page.getByRole('button', { name: 'Send message' }).click();
    await page.getByLabel('Body').fill('{"order": 1, "kind": "refund"}');
    await page.getByRole('dialog').getByRole('button', { name: 'Send message' }).click();
    await page.getByText('Sent to orders').waitFor();
    await page.getByText('1 sent = 1 ready').waitFor();
    expect(await findings(page)).toEqual([]);

    const [received] = await at.client.queue('orders').receive();
    await page.getByRole('button', { name: 'Read again' }).click();
    await page.getByText('1 sent = 0 ready + 0 delayed + 1 in flight').waitFor();
    await at.client.queue('orders').delete([received?.receipt ?? '']);
    await page.getByRole('button', { name: 'Read again' }).click();
    await page.getByText('0 in flight + 1 deleted').waitFor();
    expect(complaints).toEqual([]);
  });

  it('opens a message in any state by its row, its id and its address', async () => {
    const queue = at.client.queue('opened');
    await queue.create();
    await queue.sendMany(Array.from({ length: 230 }, (_, number) => `message ${number}`));
    const later = await queue.send({ body: '{"later": true}', delaySeconds: 3_600 });
    const { page, complaints } = await at.open('/queues/opened/messages');

    await rows(page).first().waitFor();
    const bodies = await rows(page).locator('.mono').allTextContents();
    const panel = page.getByRole('region', { name: 'Message' });
    await rows(page).first().click();
    await panel.getByText(bodies[0] ?? '', { exact: true }).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press(']');
    await panel.getByText(bodies[1] ?? '', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });

    await page.getByPlaceholder('Time or message id').fill(later);
    await page.keyboard.press('Enter');
    await page.getByText('"later": true').waitFor();
    expect(page.url()).toContain(`id=${later}`);
    await page.reload();
    await page.getByText('"later": true').waitFor();
    expect(complaints).toEqual([]);
  });

  it('reads further pages as the user scrolls, and begins at a given time', async () => {
    const { page } = await at.open('/queues/opened/messages');
    await page.getByText('100 shown').waitFor();

    await rows(page).first().focus();
    for (let page_ = 0; page_ < 3; page_ += 1) {
      await page.keyboard.press('End');
      await page.waitForTimeout(300);
    }

    await page.getByText('230 shown.').waitFor();
    await page.getByPlaceholder('Time or message id').fill('1h ago');
    await page.keyboard.press('Enter');
    await page.waitForURL(/from=20/);
    await rows(page).first().waitFor();
  });
});

describe('hostile messages', () => {
  it('do no harm, whatever their bodies, attributes and texts hold', async () => {
    const queue = at.client.queue('hostile');
    await queue.create({ tags: { '<b>tag</b>': HOSTILE } });
    const id = await queue.send({ body: HOSTILE, attributes: { a: { type: 'string', value: HOSTILE } } });
    await queue.send({ body: '['.repeat(100_000) });
    await queue.send({ body: `javascript:alert(1) \u202e ${HOSTILE}` });
    const { page, complaints } = await at.open(`/queues/hostile/messages?id=${id}`);

    await page.getByRole('region', { name: 'Message' }).getByText(HOSTILE).first().waitFor();
    await page.getByRole('tab', { name: /^Attributes/ }).click();
    await page.getByRole('region', { name: 'Message' }).getByText('a (string)').waitFor();
    await page.goto(`${at.url}/console/queues/hostile`);
    await page.getByText(`<b>tag</b>=${HOSTILE}`).waitFor();
    await page.goto(`${at.url}/console/?search=${encodeURIComponent(HOSTILE)}`);
    await rows(page).first().waitFor();

    expect(await page.evaluate('window.harmed')).toBeUndefined();
    expect(complaints).toEqual([]);
  });
});

describe('the first view', () => {
  it('loads at most 300 KB of script, all of it from the server', async () => {
    const { page } = await at.open('/');
    await rows(page).first().waitFor();

    const loaded = await page.evaluate<{ url: string; bytes: number }[]>(
      `performance.getEntriesByType('resource')
        .map(({ name, encodedBodySize }) => ({ url: name, bytes: encodedBodySize }))`,
    );

    const scripts = loaded.filter(({ url }) => url.endsWith('.js')).reduce((sum, { bytes }) => sum + bytes, 0);
    console.log(`script of the first view: ${scripts} bytes compressed`);
    expect(scripts).toBeGreaterThan(50_000);
    expect(scripts).toBeLessThan(300_000);
    expect(loaded.filter(({ url }) => !url.startsWith(at.url))).toEqual([]);
  });
});
