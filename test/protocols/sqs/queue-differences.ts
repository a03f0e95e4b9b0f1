import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, onTestFinished } from 'vitest';
import { restoreQueue, undoPurge, updateQueue } from '../../../src/engine/index.ts';
import { answerSqs } from '../../../src/protocols/sqs/answer.ts';
import { jsonCall, queryCall } from './calls.ts';
import { ARN, bodiesOf, type Differences, QueueUrl } from './sqs-caller.ts';

const DAY_MS = 86_400_000;

/** What is different about queues and calls. */
export const QUEUE_DIFFERENCES: Differences = {
  'a deleted queue': async (sqs) => {
    await sqs.send('a');
    await sqs.call('DeleteQueue', { QueueUrl });
    await restoreQueue(sqs.world.service, { name: 'orders' });
    expect(bodiesOf(await sqs.receive())).toEqual(['a']);
  },
  'a purge': async (sqs) => {
    await sqs.send('a');
    await sqs.call('PurgeQueue', { QueueUrl });
    expect(await sqs.receive()).toEqual([]);
    await undoPurge(sqs.world.service, 'orders');
    expect(bodiesOf(await sqs.receive())).toEqual(['a']);
  },
  'account and region in a URL or ARN': async (sqs) => {
    const url = 'https://sqs.eu-central-1.amazonaws.com/123456789012/orders';
    expect(await sqs.call('SendMessage', { QueueUrl: url, MessageBody: 'a' })).toHaveProperty('MessageId');
    const another = { QueueName: 'orders', QueueOwnerAWSAccountId: '999999999999' };
    expect(await sqs.call('GetQueueUrl', another)).toMatchObject({
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
    expect(await sqs.set({ Policy: '{"no": "policy"}' })).toEqual({});
    const nobody = { Label: 'a', AWSAccountIds: ['999999999999'], Actions: ['SendMessage'] };
    expect(await sqs.call('AddPermission', { QueueUrl, ...nobody })).toEqual({});
  },
  tags: async (sqs) => {
    const Tags = { 'aws:owner': 'a', 'a*b': 'c' };
    expect(await sqs.call('TagQueue', { QueueUrl, Tags })).toEqual({});
    expect(await sqs.call('ListQueueTags', { QueueUrl })).toEqual({ Tags });
  },
  counts: async (sqs) => {
    for (const body of ['a', 'b', 'c']) await sqs.send(body);
    await sqs.receive({ MaxNumberOfMessages: 1 });
    expect(await sqs.attribute('ApproximateNumberOfMessages')).toBe('2');
    expect(await sqs.attribute('ApproximateNumberOfMessagesNotVisible')).toBe('1');
  },
  'changes of a queue': async (sqs) => {
    await sqs.send('a');
    await sqs.set({ VisibilityTimeout: '60' });
    await sqs.receive();
    sqs.world.clock.advance(31_000);
    expect(await sqs.receive()).toEqual([]);
    await sqs.call('DeleteQueue', { QueueUrl });
    expect(await sqs.send('b')).toMatchObject({ __type: 'com.amazonaws.sqs#QueueDoesNotExist' });
  },
  'a list of queues for an access key': async (sqs) => {
    await sqs.call('CreateQueue', { QueueName: 'others' });
    const key = { id: 'RMQKEY', sealedSecret: '', queues: ['orders'], rights: ['send' as const], createdAtMs: 0 };
    const { QueueUrls } = await sqs.call('ListQueues', {}, { authenticate: async () => key as never });
    expect(QueueUrls).toEqual([expect.stringContaining('/orders')]);
  },
  'message move tasks': async (sqs) => {
    await sqs.givenDeadLetter('a');
    await sqs.call('StartMessageMoveTask', { SourceArn: `${ARN}dead` });
    await sqs.world.runRewinds();
    sqs.world.clock.advance(29 * DAY_MS);
    const listed = await sqs.call('ListMessageMoveTasks', { SourceArn: `${ARN}dead` });
    expect(listed).toMatchObject({ Results: [{ Status: 'COMPLETED' }] });
  },
  'encryption attributes': async (sqs) => {
    await sqs.set({ KmsMasterKeyId: 'no such key' });
    expect(await sqs.attribute('KmsMasterKeyId')).toBe('no such key');
    expect(await sqs.send('a')).toHaveProperty('MessageId');
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
