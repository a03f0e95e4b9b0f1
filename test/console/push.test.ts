import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RewindMq } from '../../src/client/index.ts';
import {
  type Action,
  NEW_PUSH,
  parsePush,
  pausePush,
  pushFormOf,
  pushText,
  putPush,
  removePush,
  resumePush,
  showPush,
} from '../../src/console/rules/index.ts';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import { runCli } from '../cli/terminal.ts';
import { silentLog } from '../support/logs.ts';

const handlers = mkdtempSync(join(tmpdir(), 'rewindmq-push-console-'));
writeFileSync(join(handlers, 'orders.mjs'), 'export const handler = async () => ({});\n');
let runtime: LocalRuntime;
beforeAll(async () => {
  runtime = await openLocalRuntime({ port: 0, handlers, log: silentLog });
});
afterAll(async () => {
  await runtime.close();
  rmSync(handlers, { recursive: true });
});

const FORM = {
  ...NEW_PUSH,
  target: 'file:orders.mjs#handler',
  window: '5s',
  perSecond: '9',
  retry: '2m',
  attributes: 'kind=refund',
};

function requestOf(form: typeof NEW_PUSH) {
  const parsed = parsePush(form);
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed.request;
}

describe('the last failures of a push', () => {
  it('say how calls ended and which messages come again, over REST and in the terminal', async () => {
    writeFileSync(join(handlers, 'fails.mjs'), "export const handler = async () => { throw new Error('no ink'); };\n");
    const queue = new RewindMq({ url: runtime.url }).queue('failing');
    await queue.create();
    const id = await queue.send('one');

    await queue.subscription.put({ to: { lambda: 'file:fails.mjs#handler' } });

    await vi.waitFor(async () => expect((await queue.subscription.show()).lastFailures).toHaveLength(1), 60_000);
    const { lastFailures = [] } = await queue.subscription.show();
    expect(lastFailures).toMatchObject([{ reason: 'handlerFailed', messages: 1, ids: [id] }]);
    const { stdout } = await runCli(['push', 'show', 'failing'], { url: runtime.url });
    expect(stdout).toMatch(/last failures\t\S+ handlerFailed \(1\)\n/);
  });
});

describe('the form of a subscription', () => {
  it('asks for what it says, and says what there is', async () => {
    const { subscription } = await givenSubscription('formed');

    const shown = await subscription.show();

    expect(shown).toMatchObject({ batchSize: 10, batchWindowSeconds: 5, perSecond: 9, visibilitySeconds: 120 });
    expect(pushFormOf(shown)).toEqual({ ...FORM, retry: '120s' });
  });

  it('keeps what it does not ask for', async () => {
    const { subscription } = await givenSubscription('kept');
    await subscription.put({ ...requestOf(FORM), maxHops: 7 });

    const again = requestOf(pushFormOf(await subscription.show()));

    expect(again).toMatchObject({ maxHops: 7 });
    expect(putPush('kept', again).words.join(' ')).toContain('--max-hops 7');
  });

  it.each([
    [{ target: ' ' }, /what to call/],
    [{ batch: '0' }, /whole numbers/],
    [{ timeout: 'soon' }, /whole seconds/],
    [{ perSecond: 'x' }, /rate/],
    [{ attributes: 'refund' }, /name=value/],
  ])('says what is wrong with %j', (change, reason) => {
    expect(parsePush({ ...FORM, ...change })).toEqual({ error: expect.stringMatching(reason) as string });
  });

  it('says in a sentence how the calls go', async () => {
    const { subscription } = await givenSubscription('told');
    const shown = await subscription.show();
    const failing = { calls: 3, since: '2026-11-22T16:00:00Z', retryAt: '2026-11-22T16:00:09Z', reason: 'status 503' };

    expect(pushText(shown, 0)).toBe('No call is running.');
    expect(pushText(await subscription.pause(), 0)).toContain('none begins until it is resumed');
    expect(pushText({ ...shown, state: 'failing', failing }, Date.parse('2026-11-22T16:00:05Z'))).toBe(
      'The last 3 calls failed by the fault of the target (status 503), since 5 s. The next try is in 4 s.',
    );
  });
});

async function givenSubscription(name: string) {
  const queue = new RewindMq({ url: runtime.url }).queue(name);
  await queue.create();
  await queue.subscription.put(requestOf(FORM));
  return queue;
}

describe('the command lines that the console shows of a push', () => {
  it('subscribe, pause, resume and end as the console does', async () => {
    const queue = new RewindMq({ url: runtime.url }).queue('lined');
    await queue.create();
    const line = async ({ words }: Action) => {
      const { code, stderr } = await runCli(words, { url: runtime.url });
      expect({ code, stderr }).toMatchObject({ code: 0 });
    };

    await line(putPush('lined', requestOf(FORM)));
    expect(pushFormOf(await queue.subscription.show())).toEqual({ ...FORM, retry: '120s' });
    await line(pausePush('lined'));
    expect(await queue.subscription.show()).toMatchObject({ state: 'paused' });
    await line(resumePush('lined'));
    await line(showPush('lined'));
    await line(removePush('lined'));
    await expect(queue.subscription.show()).rejects.toMatchObject({ code: 'notFound' });
    expect(putPush('q', { to: { sqs: 'https://sqs.example/q' } }).words).toContain('--sqs');
  });
});
