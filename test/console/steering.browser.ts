import { describe, expect, it } from 'vitest';
import { findings } from './findings.ts';
import { givenConsole } from './given-console.ts';

const at = givenConsole();

/** A queue in which so many messages were deleted, every fifth of them a refund. */
async function givenDeleted(name: string, count: number) {
  const queue = at.client.queue(name);
  await queue.create();
  await queue.sendMany(
    Array.from({ length: count }, (_, number) => ({
      body: `order ${number}`,
      attributes: { kind: { type: 'string' as const, value: number % 5 === 0 ? 'refund' : 'order' } },
    })),
  );
  for (let deleted = 0; deleted < count; ) {
    const received = await queue.receive({ max: 1_000 });
    await queue.delete(received.map(({ receipt }) => receipt));
    deleted += received.length;
  }
  return queue;
}

describe('a rewind', () => {
  it('is counted exactly, shows examples, and brings back what the count said', async () => {
    const queue = await givenDeleted('refunds', 50);
    const { page, complaints } = await at.open('/queues/refunds/rewind');

    await page.getByText('50 messages, exactly').waitFor();
    await page.getByLabel('Only with these attributes').fill('kind=refund');
    await page.getByText('10 messages, exactly').waitFor();
    expect(await page.locator('.examples li').count()).toBe(5);
    expect(await findings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Rewind 10 messages' }).click();

    await page.getByText('Rewind', { exact: false }).filter({ hasText: 'has begun' }).first().waitFor();
    await page.getByRole('article').getByText('10 messages in').waitFor();
    expect((await queue.show()).counts).toMatchObject({ ready: 10, rewound: 10 });
    await page.goto(`${at.url}/console/jobs`);
    await page.getByRole('article').getByText('10 messages in').waitFor();
    expect(await findings(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('shows its progress, is cancelled half-way, and takes back messages that are not received', async () => {
    const queue = await givenDeleted('slow', 5_000);
    const { page, complaints } = await at.open('/queues/slow/rewind');
    await page.getByText('exactly').waitFor();
    await page.getByLabel('At most, messages a second').fill('200');
    await page.getByRole('button', { name: /^Rewind 5.000 messages/ }).click();
    await page.getByRole('article').getByText('brought back').waitFor();

    await page.getByRole('button', { name: 'Cancel this job' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the job' }).click();

    await page.getByRole('article').getByText('cancelled').waitFor();
    // It is cancelled at once, and takes back a moment later.
    await expect.poll(async () => (await queue.show()).counts.ready, { timeout: 30_000 }).toBe(0);
    expect(complaints).toEqual([]);
  });
});

describe('a redrive', () => {
  it('moves a few dead letters first', async () => {
    const dead = at.client.queue('tasks-dead');
    await dead.create();
    const queue = at.client.queue('tasks');
    await queue.create({ deadLetter: { queue: 'tasks-dead', maxReceives: 1 } });
    await queue.sendMany(Array.from({ length: 12 }, (_, number) => `task ${number}`));
    await queue.receive({ max: 100, visibilitySeconds: 0 });
    await queue.receive({ max: 100 });
    const { page, complaints } = await at.open('/queues/tasks-dead/rewind');

    await page.getByRole('button', { name: 'Redrive 10 messages' }).click();

    await page.getByRole('article').getByText('10 messages in').waitFor();
    expect((await queue.show()).counts).toMatchObject({ ready: 10 });
    expect((await dead.show()).counts).toMatchObject({ ready: 2 });
    expect(complaints).toEqual([]);
  });
});

describe('one message', () => {
  it('is taken from a consumer that hangs, or left to it for longer, or deleted, each after a question', async () => {
    const queue = at.client.queue('hanging');
    await queue.create();
    const id = await queue.send('stuck');
    await queue.receive({ visibilitySeconds: 600, consumer: 'worker-3' });
    const { page, complaints } = await at.open(`/queues/hanging/messages?state=inFlight&id=${id}`);
    const dialog = page.getByRole('dialog');

    await page.getByRole('button', { name: 'Extend the lease …' }).click();
    await dialog.getByText('worker-3 holds it until').waitFor();
    await dialog.getByLabel('From now on for').fill('2h');
    await dialog.getByRole('button', { name: 'Extend the lease', exact: true }).click();
    await page.getByText(`${id} is held for 2 h from now on`).waitFor();
    const { visibleAt = '' } = (await queue.find(id)) ?? {};
    expect(Date.parse(visibleAt) - Date.now()).toBeGreaterThan(3_600_000);

    await page.getByRole('button', { name: 'End the lease …', exact: true }).click();
    await dialog.getByText('It may still work on the message').waitFor();
    expect(await findings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'End the lease', exact: true }).click();
    await page.getByText(`${id} can be received now`).waitFor();
    await expect.poll(async () => (await queue.show()).counts).toMatchObject({ ready: 1, inFlight: 0 });

    await page.getByRole('button', { name: 'Delete …' }).click();
    await dialog.getByRole('button', { name: 'Delete the message' }).click();
    await page.getByText(`${id} is deleted`).waitFor();
    expect((await queue.show()).counts).toMatchObject({ ready: 0, deleted: 1 });
    expect(complaints).toEqual([]);
  });

  it('is ticked among dead letters, and goes back alone', async () => {
    const dead = at.client.queue('mails-dead');
    await dead.create();
    const queue = at.client.queue('mails');
    await queue.create({ deadLetter: { queue: 'mails-dead', maxReceives: 1 } });
    const [, wanted = ''] = await queue.sendMany(['a', 'b', 'c']);
    await queue.receive({ max: 100, visibilitySeconds: 0 });
    await queue.receive({ max: 100 });
    const { page, complaints } = await at.open('/queues/mails-dead/messages');

    await page.getByLabel(`Tick ${wanted}`).check();
    expect(await findings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Redrive 1 message …' }).click();
    await page.getByRole('dialog').getByText('Back to mails').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Redrive 1 message' }).click();

    await page.getByText('has begun').waitFor();
    await expect.poll(async () => (await queue.show()).counts.ready).toBe(1);
    expect((await queue.receive()).map(({ body }) => body)).toEqual(['b']);
    expect(complaints).toEqual([]);
  });
});

describe('settings', () => {
  it('are changed after the difference was shown', async () => {
    const queue = at.client.queue('settings');
    await queue.create();
    const { page, complaints } = await at.open('/queues/settings/settings');

    await page.getByLabel('Visibility timeout').fill('2m');
    await page.getByLabel('Rewindable for').fill('1d');
    await page.getByRole('button', { name: 'Show the difference' }).click();
    await page.getByText('can no longer be rewound').waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();

    await page.getByText('The settings of settings were changed').waitFor();
    expect(await queue.show()).toMatchObject({ visibilitySeconds: 120, rewindSeconds: 86_400 });
    expect(complaints).toEqual([]);
  });
});

describe('a purge and a deletion', () => {
  it('ask for the name of the queue, and are undone', async () => {
    const queue = at.client.queue('precious');
    await queue.create();
    await queue.sendMany(['one', 'two']);
    const { page, complaints } = await at.open('/queues/precious/settings');

    await page.getByRole('button', { name: 'Purge …' }).click();
    const purge = page.getByRole('dialog').getByRole('button', { name: 'Purge 2 messages' });
    expect(await purge.getAttribute('aria-disabled')).toBe('true');
    await page.getByLabel('Type precious to confirm').fill('precious');
    await purge.click();
    await page.getByText('It can be undone for').first().waitFor();
    expect((await queue.show()).counts).toMatchObject({ ready: 0, purged: 2 });
    await page.getByRole('button', { name: 'Undo the last purge' }).click();
    await page.getByText('The purge of precious was undone').waitFor();
    expect((await queue.show()).counts).toMatchObject({ ready: 2 });

    await page.getByRole('button', { name: 'Delete queue …' }).click();
    await page.getByLabel('Type precious to confirm').fill('precious');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete precious' }).click();
    await page.getByRole('button', { name: 'Restore precious' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restore precious' }).click();
    await page.getByText('Restored:').waitFor();
    expect((await queue.show()).counts).toMatchObject({ ready: 2 });
    expect(complaints).toEqual([]);
  });
});
