/**
 * The console and the command line at a deployment that runs on this machine: its templates and bundles are those of
 * `cdk synth`, the provider is a small one of the test. `npm run deployed` has what this needs, and Chromium.
 */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { givenSettings, jsonLines, runCli } from '../cli/terminal.ts';
import { launchChromium } from '../support/chromium.ts';
import { Deployed } from './deployed.ts';
import { People } from './people.ts';
import { showPermissionsSuffice } from './permissions.ts';

const { ASSEMBLIES = '', DYNAMODB_ENDPOINT = '' } = process.env;
const FOLDER = join(ASSEMBLIES, 'http-api');
const CLAIM = 'cognito:groups';
const VIEWERS = 'rewindmq-dev-viewer';
const OPERATORS = 'rewindmq-dev-operator';
/** The first call of a function starts its process, on a busy machine. */
const ACTION_MS_MAX = 120_000;
const OUTPUT_SHOWN = 4_000;

let browser: Browser;
let people: People;
let deployed: Deployed;
let clientId = '';

beforeAll(async () => {
  browser = await launchChromium();
  people = await People.open(CLAIM);
  deployed = await Deployed.open(FOLDER, DYNAMODB_ENDPOINT, {
    environment: { SIGN_IN_ISSUER: people.issuer, SIGN_IN_ORIGINS: people.issuer },
    guard: {
      asksForSignatures: true,
      throttleShare: 1,
      claimsOf: (token) => Promise.resolve(people.claimsOf(token, clientId)),
    },
    batchingMs: 0,
  });
  clientId = deployed.functions.find(({ name }) => name === 'Pages')?.environment['SIGN_IN_CLIENT'] ?? '';
});
beforeEach(({ onTestFailed }) => {
  onTestFailed(() => console.log(deployed?.output.slice(-OUTPUT_SHOWN)));
});
afterAll(async () => {
  await browser?.close();
  await deployed?.close();
  await people?.close();
});

interface Window {
  readonly page: Page;
  /** Errors of scripts, and breaches of the content policy. */
  readonly complaints: string[];
  /** Where the page has sent requests to. */
  readonly origins: Set<string>;
}

async function open(path: string): Promise<Window> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 } });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(ACTION_MS_MAX);
  const complaints: string[] = [];
  const origins = new Set<string>();
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('request', (request) => origins.add(new URL(request.url()).origin));
  await page.goto(`${deployed.url}/console${path}`, { timeout: ACTION_MS_MAX });
  return { page, complaints, origins };
}

async function signIn(path: string, ...groups: readonly string[]): Promise<Window> {
  people.groups = groups;
  const window = await open(path);
  await window.page.getByRole('button', { name: 'Sign in' }).click();
  return window;
}

/** A call of the console past its page. */
async function called(method: string, path: string, token?: string): Promise<number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return (await fetch(`${deployed.url}/console/api${path}`, { method, headers })).status;
}

const tokenFor = (group: string, claims: object = {}) => people.token({ aud: clientId, [CLAIM]: [group], ...claims });

describe('the console of a deployment', () => {
  it('lets an operator sign in, create, send and open a message', async () => {
    const { page, complaints, origins } = await signIn('', OPERATORS);
    await page.getByText('ada@example.com · operator').waitFor();
    await page.getByText('There is no queue yet').waitFor();
    // The code has left the address, and a gateway answers the address when the page is loaded again.
    expect(page.url()).toBe(`${deployed.url}/console/queues`);

    await page.getByRole('button', { name: 'Create queue' }).first().click();
    await page.getByLabel('Name', { exact: true }).fill('orders');
    await page.getByRole('dialog').getByRole('button', { name: 'Create queue' }).click();
    await page.getByRole('heading', { name: 'orders' }).waitFor();
    await page.getByRole('button', { name: 'Send message' }).click();
    await page.getByLabel('Body').fill('{"total": 42}');
    await page.getByRole('dialog').getByRole('button', { name: 'Send message' }).click();
    await page.getByText('Sent to orders').waitFor();
    await page.getByText('1 sent = 1 ready').waitFor();

    // The session lasts while the tab does, and the address holds the view.
    await page.goto(`${deployed.url}/console/queues/orders/messages`);
    await page.locator('[role=grid] .table-item').first().click();
    await page.getByText('"total": 42').first().waitFor();
    expect([...origins].toSorted()).toEqual([deployed.url, people.issuer].toSorted());
    expect(complaints).toEqual([]);
  });

  it('shows a viewer everything, and says whom to ask for more', async () => {
    const { page, complaints } = await signIn('/queues/orders', VIEWERS);
    await page.getByText('1 sent = 1 ready').waitFor();
    await page.getByText('ada@example.com · viewer').waitFor();

    const send = page.getByRole('button', { name: 'Send message' });
    expect(await send.getAttribute('aria-disabled')).toBe('true');
    await send.hover();
    await page.getByText(`You are a viewer: ask for the group ${OPERATORS}`).filter({ visible: true }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('shows nothing to a person of no group, and nothing after signing out', async () => {
    const stranger = await signIn('', 'staff');
    await stranger.page.getByText(`ask for the group ${VIEWERS}`).first().waitFor();

    const { page } = await signIn('/queues/orders', OPERATORS);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await page.evaluate('sessionStorage.length + Object.keys(localStorage).join()')).not.toContain('token');
  });

  it('takes calls with a token for it, from its provider, within its time, as the role allows', async () => {
    const viewer = await tokenFor(VIEWERS);
    const operator = await tokenFor(OPERATORS);
    const [head, payload, signature] = viewer.split('.');
    const forged = Buffer.from(JSON.stringify({ ...parsed(payload), [CLAIM]: [OPERATORS] })).toString('base64url');

    expect(await called('GET', '/queues/orders', viewer)).toBe(200);
    expect(await called('DELETE', '/queues/orders', viewer)).toBe(403);
    expect(await called('DELETE', '/queues/orders/messages/one', viewer)).toBe(403);
    expect(await called('DELETE', '/queues/orders/messages/one', operator)).toBe(404);
    expect(await called('DELETE', '/queues/orders/purge', operator)).toBe(409);
    expect(await called('GET', '/queues/orders', await tokenFor('staff'))).toBe(403);
    expect(await called('GET', '/queues/orders')).toBe(401);
    expect(await called('GET', '/queues/orders', await tokenFor(OPERATORS, { aud: 'another' }))).toBe(401);
    expect(await called('GET', '/queues/orders', await tokenFor(OPERATORS, { exp: 1 }))).toBe(401);
    expect(await called('GET', '/queues/orders', `${head}.${forged}.${signature}`)).toBe(401);
    expect(await called('POST', '/queues/orders/receive', operator)).toBe(404);
  });

  it('answers no signature of programs with its calls, and no token of people with theirs', async () => {
    const authorization = `Bearer ${await tokenFor(OPERATORS)}`;

    const answer = await fetch(`${deployed.url}/queues/orders`, { headers: { authorization } });

    expect(answer.status).toBe(403);
  });

  it('needs no permission that its functions do not have', () => showPermissionsSuffice(deployed));
});

const parsed = (part = ''): object => JSON.parse(Buffer.from(part, 'base64url').toString()) as object;

describe('the command line at a deployment', () => {
  it('signs with credentials of AWS, and lists, sends, receives, rewinds and diagnoses', async () => {
    const terminal = { url: '', settingsDirectory: givenSettings() };
    const run = async (...argv: readonly string[]) => {
      const { code, stdout, stderr } = await runCli(argv, terminal);
      expect([argv, code, stderr]).toEqual([argv, 0, expect.anything()]);
      return stdout;
    };
    await run('context', 'add', 'deployed', '--url', deployed.url, '--sign', 'aws');

    await run('queue', 'create', 'tasks');
    expect(await run('queue', 'ls')).toContain('tasks');
    await run('send', 'tasks', 'first');
    expect(jsonLines(await run('recv', 'tasks', '--delete', '--json'))).toMatchObject([{ body: 'first' }]);
    expect(await run('rewind', 'tasks', '--from', '1h', '--yes')).toContain('1');
    expect(jsonLines(await run('recv', 'tasks', '--delete', '--wait', '20', '--json'))).toMatchObject([
      { body: 'first' },
    ]);
    const findings = jsonLines(await run('doctor', '--json'));
    expect(findings).toContainEqual(expect.objectContaining({ about: 'server', level: 'ok' }));
    expect(findings).not.toContainEqual(expect.objectContaining({ level: 'fail' }));
  });
});
