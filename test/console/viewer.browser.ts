import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { givenConsole } from './given-console.ts';

const at = givenConsole();

const DEPLOYMENT = {
  stage: 'dev',
  region: 'eu-west-1',
  issuer: 'https://id.example',
  clientId: 'a',
  groupsClaim: 'groups',
};
const REASON = 'You are a viewer: ask for the group rewindmq-dev-operator';

/** A token as a provider gives it; the page reads it, and a gateway would verify it. */
function tokenOf(group: string): string {
  const claims = { email: 'ada@example.com', groups: [group], exp: Math.floor(Date.now() / 1_000) + 3_600 };
  return `head.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`;
}

/** The page of a deployment, for a person of this role, over the server on this machine; other methods are refused. */
async function asViewer(page: Page): Promise<void> {
  const meta = `<meta name="rewindmq-place" content='${JSON.stringify(DEPLOYMENT)}'>`;
  await page.addInitScript(`sessionStorage.setItem('rewindmq.token', '${tokenOf('rewindmq-dev-viewer')}')`);
  await page.route(/\/console(\/[^.]*)?(\?.*)?$/, async (route) => {
    if (route.request().resourceType() !== 'document') return await route.fallback();
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace('<head>', `<head>${meta}`) });
  });
  await page.route(/\/console\/api\//, async (route) => {
    const { pathname, search } = new URL(route.request().url());
    if (route.request().method() !== 'GET') return await route.fulfill({ status: 403, body: '{}' });
    await route.fulfill({
      response: await route.fetch({ url: at.url + pathname.replace('/console/api', '') + search }),
    });
  });
}

let ids: { readonly ready: string; readonly held: string; readonly dead: string };
beforeAll(async () => {
  const dead = at.client.queue('dead');
  await dead.create();
  const orders = at.client.queue('orders');
  await orders.create({ deadLetter: { queue: 'dead', maxReceives: 1 }, visibilitySeconds: 3_600 });
  const deadId = await orders.send('dies');
  await orders.receive({ visibilitySeconds: 0 });
  const heldId = await orders.send('held');
  await orders.receive({ max: 10 });
  await orders.receive({ max: 10 });
  ids = { ready: await orders.send('ready'), held: heldId, dead: deadId };
  const back = at.client.queue('back');
  await back.create();
  await back.send('deleted');
  await back.delete((await back.receive()).map(({ receipt }) => receipt));
  const job = await back.rewind({ from: '2020-01-01T00:00:00Z' });
  for await (const { state } of job.progress()) expect(['running', 'done']).toContain(state);
});

/** Every button that changes something, with the view in which it stands. */
const ACTIONS: readonly (readonly [path: () => string, buttons: readonly string[]])[] = [
  [() => '/queues', ['Create queue']],
  [() => '/queues/orders', ['Send message']],
  [() => `/queues/orders/messages?id=${ids.ready}`, ['Delete …', 'Send a copy']],
  [
    () => `/queues/orders/messages?state=inFlight&id=${ids.held}`,
    ['End the lease …', 'Extend the lease …', 'Delete …'],
  ],
  [() => `/queues/dead/messages?id=${ids.dead}`, ['Redrive …', 'Delete …']],
  [() => '/queues/back/rewind', ['Rewind', 'Undo']],
  [() => '/queues/dead/rewind', ['Redrive 1 message']],
  [() => '/queues/orders/push', ['Push to a target …']],
  [() => '/queues/orders/settings', ['Show the difference', 'Purge …', 'Delete queue …']],
  [() => '/jobs', ['Undo']],
];

/** What a button says to a person who cannot press it. */
async function reasonOf(page: Page, name: string): Promise<string | null> {
  const button = page.getByRole('main').getByRole('button', { name, exact: true }).first();
  const described = await button.getAttribute('aria-describedby');
  if ((await button.getAttribute('aria-disabled')) !== 'true' || described === null) return null;
  return await page.locator(`[id="${described}"]`).textContent();
}

describe('a viewer', () => {
  it('cannot press what changes something, and reads why', async () => {
    const { page, complaints } = await at.open('/', {}, asViewer);
    await page.getByText('ada@example.com · viewer').waitFor();
    const reasons: (string | null)[][] = [];

    for (const [path, buttons] of ACTIONS) {
      await page.goto(`${at.url}/console${path()}`);
      for (const name of buttons) reasons.push([path(), name, await reasonOf(page, name)]);
    }

    expect(reasons).toEqual(ACTIONS.flatMap(([path, buttons]) => buttons.map((name) => [path(), name, REASON])));
    expect(complaints).toEqual([]);
  });

  it('ticks dead letters, and reads why they stay', async () => {
    const { page } = await at.open('/queues/dead/messages', {}, asViewer);

    await page.getByLabel(`Tick ${ids.dead}`).check();

    expect(await reasonOf(page, 'Redrive 1 message …')).toBe(REASON);
  });
});
