/** A deployment that pushes, with its waker, dispatcher and sender as emulated functions, and a function of a user. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { patientCallerOf } from './calling.ts';
import { Deployed } from './deployed.ts';
import { showPermissionsSuffice } from './permissions.ts';

const { ASSEMBLIES = '', DYNAMODB_ENDPOINT = '' } = process.env;
/** As `.ci/deployed` gives them in the setting `targets`. */
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:orders';
const ENDPOINT = 'https://hooks.invalid/orders';
const OUTPUT_SHOWN = 4_000;
const LOOK_MS = 250;

interface TriggerEvent {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

let deployed: Deployed;
const bodies: string[] = [];
const call = <Body = unknown>(method: string, path: string, body?: object) =>
  patientCallerOf(deployed.url)<Body>(method, path, body);

/** Waits as long as the test may take. */
async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(LOOK_MS);
}

beforeAll(async () => {
  deployed = await Deployed.open(join(ASSEMBLIES, 'push'), DYNAMODB_ENDPOINT);
  deployed.usersFunctions.set(FUNCTION, (event) => {
    const { Records: records } = event as TriggerEvent;
    const failed = records.filter(({ body }) => body === 'fails once' && !bodies.includes(body));
    bodies.push(...records.map(({ body }) => body));
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  });
});

beforeEach(({ onTestFailed }) => {
  onTestFailed(() => console.log(deployed.output.slice(-OUTPUT_SHOWN)));
});

afterAll(async () => {
  await deployed.close();
});

describe('a deployment that pushes', () => {
  it('refuses what its setting does not name for the queue', async () => {
    await call('PUT', '/queues/hooks', {});

    const { status, text } = await call('PUT', '/queues/hooks/subscription', { to: { lambda: FUNCTION } });

    expect(status).toBe(400);
    expect(text).toContain('the setting \\"targets\\" of this deployment names for the queue \\"hooks\\"');
  });

  it('calls a function with the event of a trigger, and again with what it failed on', async () => {
    await call('PUT', '/queues/orders', { visibilitySeconds: 1 });
    const wish = { to: { lambda: FUNCTION }, reportBatchItemFailures: true };
    expect((await call('PUT', '/queues/orders/subscription', wish)).status).toBe(201);

    await call('POST', '/queues/orders/messages', { messages: [{ body: 'one' }, { body: 'fails once' }] });
    await until(() => bodies.length >= 3);

    expect(bodies.toSorted()).toEqual(['fails once', 'fails once', 'one']);
  });

  it('is woken by a message, once its dispatcher is asleep', async () => {
    await until(() => !deployed.isBusy('Dispatcher'));
    bodies.length = 0;

    await call('POST', '/queues/orders/messages', { messages: [{ body: 'later' }] });
    await until(() => bodies.length > 0);

    expect(bodies).toEqual(['later']);
    expect([...deployed.askedBy('Waker')]).toContain('lambda:InvokeFunction on dispatcher');
  });

  it('sends to endpoints by a function that has no rights', async () => {
    await call('PUT', '/queues/hooks/subscription', { to: { https: ENDPOINT } });
    await call('POST', '/queues/hooks/messages', { messages: [{ body: 'one' }] });
    type View = { readonly state: string; readonly failing?: { readonly reason: string } };
    let view: View = { state: 'active' };
    await until(async () => {
      view = (await call<View>('GET', '/queues/hooks/subscription')).body;
      return view.state === 'failing';
    });

    expect(view.failing?.reason).toBe('nameNotResolved');
    expect([...deployed.askedBy('Sender')]).toEqual([]);
  });

  it('gives functions the permissions they use', () => showPermissionsSuffice(deployed));
});
