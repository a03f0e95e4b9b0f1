import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import { openOperatorKey } from '../../src/runtime/local-keys.ts';
import { signatureHeaders } from '../../src/runtime/signature.ts';

interface KeyPair {
  readonly id: string;
  readonly secret: string;
}

let directory: string;
let runtime: LocalRuntime;
let operator: KeyPair;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rewindmq-keys-'));
  runtime = await openLocalRuntime({ directory, port: 0, requireKeys: true });
  const { key, secret } = await openOperatorKey(directory);
  operator = { id: key.id, secret };
});
afterAll(async () => {
  await runtime.close();
  await rm(directory, { recursive: true });
});

const clientOf = ({ id, secret }: KeyPair) =>
  new SQSClient({
    endpoint: runtime.url,
    region: 'eu-west-1',
    maxAttempts: 1,
    credentials: { accessKeyId: id, secretAccessKey: secret },
  });

async function rest(key: KeyPair | undefined, method: string, path: string, value?: object) {
  const body = value === undefined ? '' : JSON.stringify(value);
  const { host } = new URL(runtime.url);
  const request = { method, path, query: '', headers: { host }, body, service: 'execute-api', region: 'local' };
  const { host: _, ...headers } = key === undefined ? {} : await signatureHeaders(request, key);
  const response = await fetch(runtime.url + path, { method, headers, ...(body === '' ? {} : { body }) });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, never> };
}

const newKey = async (value: object = {}): Promise<KeyPair> =>
  (await rest(operator, 'POST', '/keys', value)).body as unknown as KeyPair;

async function refusal(call: Promise<unknown>): Promise<string> {
  return await call.then(
    () => 'none',
    (error: Error) => error.name,
  );
}

describe('a server that requires keys', () => {
  it('takes calls signed with a key, and knows the sender', async () => {
    const key = await newKey({ note: 'all' });
    const client = clientOf(key);

    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'signed' }));
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'grün & "quoted" +/= %20' }));
    const { Messages } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['SenderId'] }),
    );

    expect(key.id).toMatch(/^\w{20}$/);
    expect(Messages).toMatchObject([{ Body: 'grün & "quoted" +/= %20', Attributes: { SenderId: key.id } }]);
  });

  it('refuses callers with no key, another secret or a revoked key', async () => {
    const key = await newKey();
    const list = (pair: KeyPair) => refusal(clientOf(pair).send(new GetQueueUrlCommand({ QueueName: 'nothing' })));

    const unsigned = await fetch(`${runtime.url}/?Action=ListQueues`);
    const before = await list(key);
    const other = await list({ ...key, secret: 'guess' });
    await rest(operator, 'DELETE', `/keys/${key.id}`);

    expect(unsigned.status).toBe(403);
    expect(await unsigned.text()).toContain('<Code>MissingAuthenticationToken</Code>');
    expect(before).toBe('QueueDoesNotExist');
    expect(other).toBe('SignatureDoesNotMatch');
    expect(await list(key)).toBe('InvalidClientTokenId');
  });

  it('lets a key do what it is for, on the queues it is for', async () => {
    const all = clientOf(await newKey());
    const { QueueUrl: mine } = await all.send(new CreateQueueCommand({ QueueName: 'mine-1' }));
    const { QueueUrl: other } = await all.send(new CreateQueueCommand({ QueueName: 'other' }));
    const sender = clientOf(await newKey({ queues: ['mine-*'], rights: ['send'] }));

    await sender.send(new SendMessageCommand({ QueueUrl: mine, MessageBody: 'x' }));
    const received = refusal(sender.send(new ReceiveMessageCommand({ QueueUrl: mine })));
    const elsewhere = refusal(sender.send(new SendMessageCommand({ QueueUrl: other, MessageBody: 'x' })));
    const created = refusal(sender.send(new CreateQueueCommand({ QueueName: 'mine-2' })));

    expect(await Promise.all([received, elsewhere, created])).toEqual(['AccessDenied', 'AccessDenied', 'AccessDenied']);
  });

  it('asks REST callers for a signature as well, apart from /health', async () => {
    const reader = await newKey({ queues: ['shared'], rights: ['receive'] });

    const statuses = [
      (await rest(undefined, 'GET', '/health')).status,
      (await rest(undefined, 'GET', '/queues')).status,
      (await rest(operator, 'PUT', '/queues/shared', {})).status,
      (await rest(reader, 'GET', '/queues/shared')).status,
      (await rest(reader, 'POST', '/queues/shared/receive', {})).status,
      (await rest(reader, 'POST', '/queues/shared/messages', { messages: [{ body: 'x' }] })).status,
      (await rest(reader, 'POST', '/keys', {})).status,
    ];

    expect(statuses).toEqual([200, 403, 201, 200, 200, 403, 403]);
  });

  it('refuses keys that make no sense, and never tells a secret again', async () => {
    const wrong = await rest(operator, 'POST', '/keys', { queues: ['a b'] });
    const unknown = await rest(operator, 'POST', '/keys', { colour: 'red' });
    const listed = await rest(operator, 'GET', '/keys');

    expect([wrong.status, unknown.status]).toEqual([400, 400]);
    expect(wrong.body).toMatchObject({ error: { code: 'invalidField', field: 'queues' } });
    expect(JSON.stringify(listed.body)).not.toContain('ecret');
  });
});
