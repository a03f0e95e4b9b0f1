import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLocalRuntime } from '../../src/runtime/local.ts';
import { silentLog } from '../support/logs.ts';
import { givenConsole } from './given-console.ts';
import { historyLines } from './given-history.ts';

/** What people come for, by the shortest way that someone finds who has not read the manual. */
const directory = mkdtempSync(join(tmpdir(), 'rewindmq-tasks-'));
const former = await openLocalRuntime({ directory, port: 0, log: silentLog });
for (const name of ['orders', 'emails']) await fetch(`${former.url}/queues/${name}`, { method: 'PUT' });
const { queue } = await former.service.routes.get('orders');
await former.close();
for (const [name, text] of historyLines(queue.id, Date.now())) writeFileSync(join(directory, 'history', name), text);

const at = givenConsole({ directory });
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const DELETED = 2_000;

/** Messages of two customers; the first ones are deleted, and a worker holds one of the last. */
async function givenOrders() {
  const orders = at.client.queue('orders');
  const messages = Array.from({ length: DELETED + 20 }, (_, number) => ({
    body: `order ${number}`,
    attributes: { customer: { type: 'string' as const, value: number % 2 === 0 ? 'ada' : 'grace' } },
  }));
  await orders.sendMany(messages);
  for (let deleted = 0; deleted < DELETED; ) {
    const received = await orders.receive({ max: Math.min(1_000, DELETED - deleted) });
    await orders.delete(received.map(({ receipt }) => receipt));
    deleted += received.length;
  }
  const [held] = await orders.receive({ max: 1, visibilitySeconds: 3_600, consumer: 'worker-7' });
  return { id: held?.id ?? '' };
}

let held = '';
beforeAll(async () => {
  held = (await givenOrders()).id;
  const dead = at.client.queue('emails-dead');
  await dead.create();
  const emails = at.client.queue('emails');
  await emails.update({ deadLetter: { queue: 'emails-dead', maxReceives: 1 } });
  const causes = ['bounced', 'timeout', 'bounced'];
  await emails.sendMany(
    causes.map((cause) => ({ body: cause, attributes: { cause: { type: 'string' as const, value: cause } } })),
  );
  await emails.receive({ max: 10, visibilitySeconds: 0 });
  await emails.receive({ max: 10 });
});

describe('a new user', () => {
  it('finds why orders is behind: three clicks', async () => {
    const { page } = await at.open('/');
    await page.getByRole('button', { name: 'Oldest ready' }).click();
    await page.locator('[role=grid] .table-item').first().getByText('orders').click();

    await page.getByRole('img', { name: /^Backlog, messages/ }).waitFor();
    await page.getByRole('img', { name: /^Flow, messages a second/ }).waitFor();
  });

  it('sees who holds a message: its id, and Enter', async () => {
    const { page } = await at.open('/queues/orders/messages');
    await page.getByPlaceholder('Time or message id').fill(held);
    await page.keyboard.press('Enter');

    await page.getByText('held by worker-7').waitFor();
  });

  it('sees who holds a message of a queue that nobody named: the search, the id, and a click', async () => {
    const { page } = await at.open('/jobs');
    await page.getByRole('heading', { name: 'Jobs' }).waitFor();
    await page.keyboard.press('/');
    await page.getByLabel('Find queues by name or tag, or a message by its id').fill(held);
    await page.getByRole('button', { name: 'Look in 3 queues' }).click();
    await page.getByText('Found in').getByRole('link', { name: 'orders' }).click();

    await page.getByText('held by worker-7').waitFor();

    await page.goto(`${at.url}/console/queues?search=${crypto.randomUUID()}`);
    await page.getByRole('button', { name: 'Look in 3 queues' }).click();
    await page.getByText('Not found in all 3 queues.').waitFor();
  });

  it('brings back what was deleted in a range for one customer, and stops half-way', async () => {
    const { page } = await at.open('/queues/orders');
    await page.getByRole('tab', { name: 'Rewind' }).click();
    await page.getByRole('button', { name: 'Deleted in this range' }).click();
    await page.getByRole('button', { name: 'From 15m ago' }).click();
    await page.getByLabel('Only with these attributes').fill('customer=ada');
    await page.getByLabel('At most, messages a second').fill('100');
    await page.getByRole('button', { name: /^Rewind 1.000 messages$/ }).click();
    await page.getByRole('article').getByText('brought back').waitFor();

    await page.getByRole('button', { name: 'Cancel this job' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the job' }).click();

    await page.getByRole('article').getByText('cancelled').waitFor();
    const { counts } = await at.client.queue('orders').show();
    expect(counts.ready).toBeLessThan(1_000);
  });

  it('finds the dead letters of one cause, and redrives them', async () => {
    const { page } = await at.open('/queues/emails');
    await page.getByRole('link', { name: '3', exact: true }).click();
    await page.locator('[role=grid] .table-item').first().waitFor();
    await page.getByRole('tab', { name: 'Rewind' }).click();
    await page.getByRole('heading', { name: 'Redrive', exact: true }).waitFor();
    await page.getByLabel('Only with these attributes').first().fill('cause=bounced');
    await page.getByRole('button', { name: /^Redrive up to 3 messages/ }).click();

    await page.getByRole('article').getByText('2 messages in').waitFor();
    expect((await at.client.queue('emails').show()).counts.ready).toBe(2);
  });

  it('learns what last month would have cost: one click', async () => {
    const { page } = await at.open('/');
    await page.getByRole('link', { name: 'Usage' }).click();

    const lastMonth = new Date(Date.now() - 40 * 86_400_000).toISOString().slice(0, 7);
    const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: lastMonth, exact: true }) });
    expect(await row.getByRole('cell').last().textContent()).toMatch(/^\$\d+\.\d\d$/);
  });
});
