/** A deployment that pushes, with its waker, dispatcher and sender as emulated functions, and a function of a user. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { documentedVerifier } from '../support/verifier.ts';
import { patientCallerOf } from './calling.ts';
import { Deployed } from './deployed.ts';
import { showPermissionsSuffice } from './permissions.ts';

const { ASSEMBLIES = '', DYNAMODB_ENDPOINT = '' } = process.env;
/** As `.ci/deployed` gives them in the setting `targets`. */
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:orders';
const ENDPOINT = 'https://endpoint.test';
const TLS = join(import.meta.dirname, '../runtime/targets/tls');
const OUTPUT_SHOWN = 4_000;
const LOOK_MS = 250;

interface TriggerEvent {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

interface HttpsRequest {
  readonly path: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `endpoint.test` on this machine: it takes what comes. */
class Endpoint {
  readonly requests: HttpsRequest[] = [];
  readonly #server: Server;

  constructor() {
    const [key, cert] = ['key.pem', 'certificate.pem'].map((name) => readFileSync(join(TLS, name)));
    this.#server = createServer({ key, cert }, (request, response) => {
      this.#take(request).then(
        () => response.end(),
        () => response.destroy(),
      );
    });
  }

  async #take(request: IncomingMessage): Promise<void> {
    const headers = request.headers as Readonly<Record<string, string>>;
    this.requests.push({ path: request.url, headers, body: await text(request) });
  }

  async open(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

let deployed: Deployed;
const endpoint = new Endpoint();
const bodies: string[] = [];
const call = <Body = unknown>(method: string, path: string, body?: object) =>
  patientCallerOf(deployed.url)<Body>(method, path, body);

/** Waits as long as the test may take. */
async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(LOOK_MS);
}

beforeAll(async () => {
  const internet = new URL(`internet.mjs?port=${await endpoint.open()}`, import.meta.url);
  deployed = await Deployed.open(join(ASSEMBLIES, 'push'), DYNAMODB_ENDPOINT, {
    preload: internet.href,
    environment: { NODE_EXTRA_CA_CERTS: join(TLS, 'certificate.pem') },
  });
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
  endpoint.close();
});

describe('a deployment that pushes', () => {
  it('refuses what its setting does not name for the queue', async () => {
    await call('PUT', '/queues/hooks', {});

    const { status, text: refusal } = await call('PUT', '/queues/hooks/subscription', { to: { lambda: FUNCTION } });

    expect(status).toBe(400);
    expect(refusal).toContain('the setting \\"targets\\" of this deployment names for the queue \\"hooks\\"');
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

  it('sends to endpoints by a function that has no rights, signed by the keys of the queue', async () => {
    const key = (await call<{ readonly secret: string }>('POST', '/queues/hooks/signing-keys', {})).body;
    await call('PUT', '/queues/hooks/subscription', { to: { https: `${ENDPOINT}/new` }, format: 'raw' });
    await call('POST', '/queues/hooks/messages', { messages: [{ body: 'signed' }] });
    type Counted = { readonly counts: { readonly deleted: number } };
    await until(async () => (await call<Counted>('GET', '/queues/hooks')).body.counts.deleted === 1);

    const isSigned = await documentedVerifier();
    const [request] = endpoint.requests;
    expect(request).toMatchObject({ path: '/new', body: 'signed', headers: { host: 'endpoint.test' } });
    expect(isSigned(request?.headers ?? {}, 'signed', key.secret)).toBe(true);
    expect([...deployed.askedBy('Dispatcher')]).toContain('kms:Decrypt on key');
    expect([...deployed.askedBy('Sender')]).toEqual([]);
  });

  it('does not connect to an address inside', async () => {
    await call('PUT', '/queues/inside', {});
    await call('PUT', '/queues/inside/subscription', { to: { https: 'https://inside.test' } });
    await call('POST', '/queues/inside/messages', { messages: [{ body: 'one' }] });
    type View = { readonly state: string; readonly failing?: { readonly reason: string } };
    let view: View = { state: 'active' };
    await until(async () => {
      view = (await call<View>('GET', '/queues/inside/subscription')).body;
      return view.state === 'failing';
    });

    expect(view.failing?.reason).toBe('addressRefused');
  });

  it('gives functions the permissions they use', () => showPermissionsSuffice(deployed));
});
