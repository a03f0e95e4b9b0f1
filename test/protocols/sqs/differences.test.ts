import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, it, onTestFinished } from 'vitest';
import { restoreQueue, startRewind, updateQueue } from '../../../src/engine/index.ts';
import { answerSqs } from '../../../src/protocols/sqs/answer.ts';
import { given, type World } from '../../support/given.ts';
import { jsonCall, queryCall } from './calls.ts';

const DAY_MS = 86_400_000;
const HOUR_SECONDS = 3_600;
const ARN = 'arn:aws:sqs:us-east-1:000000000000:';
const QueueUrl = 'orders';

type By = Parameters<typeof answerSqs>[2];
type Told = Readonly<Record<string, unknown>>;

/** A caller of SQS in a world whose clock stands still. */
class SqsCaller {
  readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  get host() {
    return { service: this.world.service, account: '000000000000', region: 'us-east-1' };
  }

  async call(action: string, input: object, by: By = {}): Promise<Told> {
    const { body } = await answerSqs(this.host, jsonCall(action, input), by);
    return body === '' ? {} : (JSON.parse(body) as Told);
  }

  async xml(parameters: Record<string, string>): Promise<string> {
    return (await answerSqs(this.host, queryCall(parameters))).body;
  }

  async send(MessageBody: string, more: object = {}): Promise<Told> {
    return await this.call('SendMessage', { QueueUrl, MessageBody, ...more });
  }

  async receive(more: object = {}): Promise<readonly Told[]> {
    const { Messages = [] } = await this.call('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10, ...more });
    return Messages as readonly Told[];
  }

  async attribute(name: string): Promise<unknown> {
    const { Attributes } = await this.call('GetQueueAttributes', { QueueUrl, AttributeNames: [name] });
    return (Attributes as Told | undefined)?.[name];
  }

  async set(Attributes: Record<string, string>): Promise<Told> {
    return await this.call('SetQueueAttributes', { QueueUrl, Attributes });
  }

  /** Leaves a message of this body in the queue `dead`. */
  async givenDeadLetter(body: string): Promise<Told> {
    await this.call('CreateQueue', { QueueName: 'dead' });
    await this.set({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn: `${ARN}dead`, maxReceiveCount: 1 }) });
    const sent = await this.send(body);
    await this.receive();
    this.world.clock.advance(31_000);
    await this.receive();
    return sent;
  }

  async rewindAll(): Promise<void> {
    await this.world.settle();
    this.world.clock.advance(1);
    await startRewind(this.world.service, this.world.everything());
    await this.world.runRewinds();
  }
}

const bodiesOf = (messages: readonly Told[]) => messages.map(({ Body }) => String(Body));

/** Tests of the rows in the table of differences, by their first cell. */
const DIFFERENCES: Readonly<Record<string, (sqs: SqsCaller) => Promise<void>>> = {
  retention: async (sqs) => {
    await sqs.send('kept');
    sqs.world.clock.advance(15 * DAY_MS);
    expect(bodiesOf(await sqs.receive({ VisibilityTimeout: 0 }))).toEqual(['kept']);
    await sqs.set({ MessageRetentionPeriod: '60' });
    sqs.world.clock.advance(1_000);
    expect(await sqs.receive()).toEqual([]);
    await sqs.rewindAll();
    expect(bodiesOf(await sqs.receive())).toEqual(['kept']);
  },
  'deleted messages': async (sqs) => {
    await sqs.send('deleted');
    const [message] = await sqs.receive();
    await sqs.call('DeleteMessage', { QueueUrl, ReceiptHandle: message?.['ReceiptHandle'] });
    await sqs.rewindAll();
    expect(bodiesOf(await sqs.receive())).toEqual(['deleted']);
  },
  'a deleted queue': async (sqs) => {
    await sqs.send('a');
    await sqs.call('DeleteQueue', { QueueUrl });
    await restoreQueue(sqs.world.service, { name: 'orders' });
    expect(bodiesOf(await sqs.receive())).toEqual(['a']);
  },
  'message ids': async (sqs) => {
    const sent = await sqs.givenDeadLetter('a');
    await sqs.call('StartMessageMoveTask', { SourceArn: `${ARN}dead` });
    await sqs.world.runRewinds();
    const [message] = await sqs.receive();
    expect(message?.['MessageId']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(message?.['MessageId']).toBe(sent['MessageId']);
  },
  'receipt handles': async (sqs) => {
    await sqs.send('a');
    const [message] = await sqs.receive();
    expect(message?.['ReceiptHandle']).toMatch(/^r[A-Za-z0-9_-]{39}$/);
  },
  'changing visibility with an earlier handle': async (sqs) => {
    await sqs.send('a');
    const [first] = await sqs.receive({ VisibilityTimeout: 0 });
    sqs.world.clock.advance(1);
    const [later] = await sqs.receive();
    const change = (ReceiptHandle: unknown, VisibilityTimeout: number) =>
      sqs.call('ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout });
    expect((await change(first?.['ReceiptHandle'], 60))['__type']).toBe(
      'com.amazonaws.sqs#InvalidParameterValueException',
    );
    expect(await change(later?.['ReceiptHandle'], 60)).toEqual({});
  },
  'deleting with an earlier handle': async (sqs) => {
    await sqs.send('a');
    const [first] = await sqs.receive({ VisibilityTimeout: 0 });
    sqs.world.clock.advance(1);
    await sqs.receive();
    expect(await sqs.call('DeleteMessage', { QueueUrl, ReceiptHandle: first?.['ReceiptHandle'] })).toEqual({});
    sqs.world.clock.advance(31_000);
    expect(bodiesOf(await sqs.receive())).toEqual(['a']);
  },
  'how long a message can be held': async (sqs) => {
    await sqs.send('a');
    const [message] = await sqs.receive({ VisibilityTimeout: 12 * HOUR_SECONDS });
    sqs.world.clock.advance((12 * HOUR_SECONDS - 60) * 1_000);
    const held = { QueueUrl, ReceiptHandle: message?.['ReceiptHandle'], VisibilityTimeout: 12 * HOUR_SECONDS };
    expect(await sqs.call('ChangeMessageVisibility', held)).toEqual({});
    sqs.world.clock.advance((12 * HOUR_SECONDS - 60) * 1_000);
    expect(await sqs.receive()).toEqual([]);
  },
  order: async (sqs) => {
    await sqs.send('older');
    await sqs.receive({ VisibilityTimeout: 30 });
    sqs.world.clock.advance(10_000);
    await sqs.send('newer');
    sqs.world.clock.advance(21_000);
    expect(bodiesOf(await sqs.receive({ MaxNumberOfMessages: 1 }))).toEqual(['newer']);
  },
  'account and region in a URL or ARN': async (sqs) => {
    const url = 'https://sqs.eu-central-1.amazonaws.com/123456789012/orders';
    expect(await sqs.call('SendMessage', { QueueUrl: url, MessageBody: 'a' })).toHaveProperty('MessageId');
    expect(await sqs.call('GetQueueUrl', { QueueName: 'orders' })).toMatchObject({
      QueueUrl: expect.stringContaining('/000000000000/') as string,
    });
  },
  'a message move task without a destination': async (sqs) => {
    await sqs.givenDeadLetter('dead');
    await sqs.call('SendMessage', { QueueUrl: 'dead', MessageBody: 'sent there' });
    await sqs.call('StartMessageMoveTask', { SourceArn: `${ARN}dead` });
    await sqs.world.runRewinds();
    expect(bodiesOf(await sqs.receive()).toSorted()).toEqual(['dead', 'sent there']);
  },
  policies: async (sqs) => {
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Principal: '*', Action: '*' }],
    });
    await sqs.set({ Policy });
    expect(await sqs.attribute('Policy')).toBe(Policy);
    expect(await sqs.send('a')).toHaveProperty('MessageId');
  },
  'encryption attributes': async (sqs) => {
    await sqs.set({ KmsMasterKeyId: 'no such key' });
    expect(await sqs.attribute('KmsMasterKeyId')).toBe('no such key');
    expect(await sqs.send('a')).toHaveProperty('MessageId');
  },
  '`SenderId`': async (sqs) => {
    const names = { MessageSystemAttributeNames: ['SenderId'] };
    const key = { id: 'RMQKEY', sealedSecret: '', queues: ['orders'], rights: ['send' as const], createdAtMs: 0 };
    await sqs.send('a');
    await sqs.call('SendMessage', { QueueUrl, MessageBody: 'b' }, { authenticate: async () => key as never });
    const senders = (await sqs.receive(names)).map(({ Attributes }) => String((Attributes as Told)['SenderId']));
    expect(senders.toSorted()).toEqual(['000000000000', 'RMQKEY']);
  },
  'receive with few messages': async (sqs) => {
    for (const body of ['a', 'b', 'c']) await sqs.send(body);
    expect(await sqs.receive()).toHaveLength(3);
  },
  'a message of REST with characters that XML cannot hold': async (sqs) => {
    await sqs.world.send(['bell \u0007']);
    expect(await sqs.xml({ Action: 'ReceiveMessage', QueueUrl })).toContain('<Body>bell \ufffd</Body>');
  },
  'the text of an expired signature': async (sqs) => {
    const refused = await sqs.call('SendMessage', { QueueUrl }, { authenticate: async () => 'expired' });
    expect(refused).toEqual({
      __type: 'com.amazon.coral.service#InvalidSignatureException',
      message: 'Signature expired: it is older than 15 minutes, or than the time for which it was presigned.',
    });
  },
  '`X-Amzn-Trace-Id` behind a gateway': async (sqs) => {
    const call = jsonCall('SendMessage', { QueueUrl, MessageBody: 'a' });
    const headers = { ...call.headers, 'x-amzn-trace-id': 'Root=1-00000000-000000000000000000000000' };
    const requestContext = { ...call.requestContext, apiId: 'a1b2c3' };
    await answerSqs(sqs.host, { ...call, headers, requestContext });
    const [message] = await sqs.receive({ MessageSystemAttributeNames: ['AWSTraceHeader'] });
    expect(message).not.toHaveProperty('Attributes');
  },
  'how long a receive waits': async (sqs) => {
    const { world } = sqs;
    await world.service.catalog.tryPut('longestWait', 'receive', { waitMs: 0, atMs: world.clock.nowMs() }, 0);
    const service = world.process({ receiveProcessesMax: 10 });
    const startMs = world.clock.nowMs();
    const call = jsonCall('ReceiveMessage', { QueueUrl, WaitTimeSeconds: 20 });
    const { body } = await answerSqs({ service, account: '000000000000', region: 'us-east-1' }, call);
    expect([body, world.clock.nowMs() - startMs]).toEqual(['{}', 0]);
  },
  'too many calls for a deployment': async () => {
    const answers = [
      [429, '{"message":"Too Many Requests"}'],
      [503, '{"message":"Service Unavailable"}'],
      [200, '{}'],
    ] as const;
    let asked = 0;
    const gateway = createServer((_, answer) => {
      const [status, body] = answers[asked++] ?? [500, ''];
      answer.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void gateway.close());
    const endpoint = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
    const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
    const client = new SQSClient({ endpoint, region: 'us-east-1', credentials });
    await client.send(new ReceiveMessageCommand({ QueueUrl: `${endpoint}/000000000000/orders` }));
    expect(asked).toBe(3);
  },
  'a name that a call gives twice, with two values': async (sqs) => {
    const twice = { body: '{"QueueUrl":"orders","MessageBody":"a","MessageBody":"b"}' };
    const inJson = await answerSqs(sqs.host, jsonCall('SendMessage', {}, twice));
    const query = 'Action=SendMessage&QueueUrl=orders&MessageBody=a&MessageBody=b';
    const inQuery = await answerSqs(sqs.host, queryCall({}, { body: query }));
    expect(inJson).toMatchObject({
      statusCode: 400,
      body: expect.stringContaining('MessageBody is given more') as string,
    });
    expect(inQuery).toMatchObject({ statusCode: 404, body: expect.stringContaining('MalformedQueryString') as string });
    expect(await sqs.receive()).toEqual([]);
  },
  delays: async (sqs) => {
    await updateQueue(sqs.world.service, { name: 'orders', settings: { delayMs: DAY_MS } });
    expect(await sqs.attribute('DelaySeconds')).toBe('86400');
    expect(await sqs.send('a', { DelaySeconds: 901 })).toHaveProperty('__type');
  },
};

/** The same for what is not there yet. */
const NOT_YET: typeof DIFFERENCES = {
  'FIFO queues': async (sqs) => {
    const created = await sqs.call('CreateQueue', { QueueName: 'orders.fifo', Attributes: { FifoQueue: 'true' } });
    expect(created['__type']).toBe('com.amazonaws.sqs#UnsupportedOperation');
  },
  'fair queues': async (sqs) => {
    for (let number = 0; number < 30; number++) await sqs.send(`${number}`, { MessageGroupId: 'noisy' });
    sqs.world.clock.advance(1);
    await sqs.send('quiet', { MessageGroupId: 'quiet' });
    const received: Told[] = [];
    while (received.length < 31) received.push(...(await sqs.receive({ MessageSystemAttributeNames: ['All'] })));
    expect(received.at(-1)).toMatchObject({ Body: 'quiet', Attributes: { MessageGroupId: 'quiet' } });
  },
};

it.each(Object.entries({ ...DIFFERENCES, ...NOT_YET }))('differs from SQS as the table says: %s', async (_, test) => {
  await test(new SqsCaller(await given()));
});

it.each([
  ['## Different, on purpose', DIFFERENCES],
  ['## Not there yet', NOT_YET],
])('has a test for each row of the table under %s', (heading, tests) => {
  const [, section = ''] = readFileSync('docs/sqs-compatibility.md', 'utf8').split(heading);
  const [table = ''] = section.split('\n## ');
  const titles = [...table.matchAll(/^\| ([^|]+) \|/gm)].map(([, title = '']) => title).slice(2);

  expect(titles.toSorted()).toEqual(Object.keys(tests).toSorted());
});
