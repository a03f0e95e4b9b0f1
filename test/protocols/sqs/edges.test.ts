import { describe, expect, it } from 'vitest';
import { deleteQueue } from '../../../src/engine/index.ts';
import { ROUTE_FRESH_MS } from '../../../src/model/limits.ts';
import { answerSqs } from '../../../src/protocols/sqs/answer.ts';
import { given } from '../../support/given.ts';
import { givenAsker, newName } from './asking.ts';
import { jsonCall, queryCall } from './calls.ts';

const { answer, json, newQueue, receive } = givenAsker();

const attributesOf = async (QueueUrl: string, ...AttributeNames: string[]) =>
  (await json('GetQueueAttributes', { QueueUrl, AttributeNames }))['Attributes'];

describe('a queue that is named in place of its URL', () => {
  it.each(['SendMessage', 'GetQueueAttributes', 'PurgeQueue', 'ListQueueTags'])(
    'is taken by %s, in both forms',
    async (action) => {
      const { name } = await newQueue();
      const input = { QueueUrl: name, ...(action === 'SendMessage' ? { MessageBody: 'x' } : {}) };

      expect((await json(action, input)).statusCode).toBe(200);
      if (action !== 'PurgeQueue') {
        expect((await answer(queryCall({ Action: action, ...input }))).statusCode).toBe(200);
      }
    },
  );

  it.each(['http://127.0.0.1:4100/', 'https://sqs.us-east-1.amazonaws.com/orders', 'no queue', ''])(
    'is not there when the text is %j',
    async (QueueUrl) => {
      const refused = await json('SendMessage', { QueueUrl, MessageBody: 'x' });

      const code = QueueUrl === '' ? 'MissingRequiredParameterException' : 'QueueDoesNotExist';
      expect(refused).toMatchObject({ statusCode: 400, __type: expect.stringContaining(code) as string });
    },
  );
});

describe('a batch', () => {
  it('fails the entry alone that is longer than its queue takes', async () => {
    const { QueueUrl } = await newQueue({ MaximumMessageSize: '1024' });
    const Entries = [1_024, 1_025].map((length) => ({ Id: `of-${length}`, MessageBody: 'a'.repeat(length) }));

    const { Successful, Failed } = await json('SendMessageBatch', { QueueUrl, Entries });

    expect(Successful).toMatchObject([{ Id: 'of-1024' }]);
    expect(Failed).toEqual([
      {
        Id: 'of-1025',
        SenderFault: true,
        Code: 'InvalidParameterValue',
        Message: 'One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.',
      },
    ]);
  });

  it('tells no list that has no entries', async () => {
    const { QueueUrl } = await newQueue();
    const entry = { Id: 'a', MessageBody: 'x' };

    const sent = await json('SendMessageBatch', { QueueUrl, Entries: [entry] });
    const failed = await json('SendMessageBatch', { QueueUrl, Entries: [{ ...entry, DelaySeconds: -1 }] });

    expect(Object.keys(sent)).toEqual(['Successful', 'statusCode']);
    expect(Object.keys(failed)).toEqual(['Failed', 'statusCode']);
  });
});

describe('attributes of messages', () => {
  it.each([['All'], ['.*'], ['*']])('are all told to a receive that asks for %s', async (name) => {
    const { QueueUrl } = await newQueue();
    const value = { DataType: 'String', StringValue: 'x' };
    await json('SendMessage', { QueueUrl, MessageBody: 'x', MessageAttributes: { 'Help.Me': value, Hello: value } });

    const [message] = await receive(QueueUrl, { MessageAttributeNames: [name] });

    expect(Object.keys(message?.['MessageAttributes'] as object).toSorted()).toEqual(['Hello', 'Help.Me']);
  });

  it('may not have characters that XML cannot hold, by another code than bodies', async () => {
    const { QueueUrl } = await newQueue();
    const MessageAttributes = { a: { DataType: 'String', StringValue: 'not \b here' } };

    const ofAttribute = await json('SendMessage', { QueueUrl, MessageBody: 'x', MessageAttributes });
    const ofBody = await json('SendMessage', { QueueUrl, MessageBody: 'not \b here' });

    expect(ofAttribute['__type']).toContain('#InvalidParameterValueException');
    expect(ofBody['__type']).toContain('#InvalidMessageContents');
  });
});

describe('the header X-Amzn-Trace-Id', () => {
  const TRACE = 'Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1';
  const OWN = 'Root=1-00000000-000000000000000000000000';
  const system = { AWSTraceHeader: { DataType: 'String', StringValue: OWN } };

  async function traceOf(more: object, header: string, requestContext: object = {}): Promise<unknown> {
    const { QueueUrl } = await newQueue();
    const call = jsonCall('SendMessage', { QueueUrl, MessageBody: 'x', ...more });
    const headers = { ...call.headers, 'x-amzn-trace-id': header };
    await answer({ ...call, headers, requestContext: { ...call.requestContext, ...requestContext } });
    const [message] = await receive(QueueUrl, { MessageSystemAttributeNames: ['AWSTraceHeader'] });
    return (message?.['Attributes'] as Record<string, string> | undefined)?.['AWSTraceHeader'];
  }

  it('becomes the attribute AWSTraceHeader', async () => {
    expect(await traceOf({}, TRACE)).toBe(TRACE);
  });

  it('gives way to a system attribute', async () => {
    expect(await traceOf({ MessageSystemAttributes: system }, TRACE)).toBe(OWN);
  });

  it('is left alone where a gateway has made it: then it has a root and no parent', async () => {
    expect(await traceOf({}, OWN, { apiId: 'a1b2c3' })).toBeUndefined();
    expect(await traceOf({}, TRACE, { apiId: 'a1b2c3' })).toBe(TRACE);
  });
});

describe('attributes of queues', () => {
  const SSE = ['KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds', 'SqsManagedSseEnabled'];
  const set = async (QueueUrl: string, Attributes: Record<string, string>) =>
    await json('SetQueueAttributes', { QueueUrl, Attributes });

  it('tell of one kind of encryption at a time', async () => {
    const { QueueUrl } = await newQueue();

    const atFirst = await attributesOf(QueueUrl, ...SSE);
    await set(QueueUrl, { KmsMasterKeyId: 'key', KmsDataKeyReusePeriodSeconds: '6000' });
    const withKey = await attributesOf(QueueUrl, ...SSE);
    await set(QueueUrl, { KmsMasterKeyId: '', KmsDataKeyReusePeriodSeconds: '300' });
    const without = await attributesOf(QueueUrl, ...SSE);
    await set(QueueUrl, { KmsMasterKeyId: 'key' });
    await set(QueueUrl, { SqsManagedSseEnabled: 'true' });
    const managed = await attributesOf(QueueUrl, ...SSE);

    expect(atFirst).toEqual({ SqsManagedSseEnabled: 'true' });
    expect(withKey).toEqual({
      KmsMasterKeyId: 'key',
      KmsDataKeyReusePeriodSeconds: '6000',
      SqsManagedSseEnabled: 'false',
    });
    expect(without).toEqual({ SqsManagedSseEnabled: 'false' });
    expect(managed).toEqual({ SqsManagedSseEnabled: 'true' });
  });

  it('refuse both kinds of encryption in one call', async () => {
    const { QueueUrl } = await newQueue();

    expect(await set(QueueUrl, { KmsMasterKeyId: 'key', SqsManagedSseEnabled: 'true' })).toMatchObject({
      statusCode: 400,
      __type: 'com.amazonaws.sqs#InvalidAttributeName',
      message:
        'You can use one type of server-side encryption (SSE) at one time. ' +
        'You can either enable KMS SSE or SQS SSE.',
    });
  });

  it.each([
    ['FifoQueue', 'false', 'Unknown Attribute FifoQueue.'],
    ['FifoQueue', 'true', 'Unknown Attribute FifoQueue.'],
    ['ContentBasedDeduplication', 'true', 'Unknown Attribute ContentBasedDeduplication.'],
    [
      'DeduplicationScope',
      'messageGroup',
      'You can specify the DeduplicationScope only when FifoQueue is set to true.',
    ],
    ['FifoThroughputLimit', 'perQueue', 'You can specify the FifoThroughputLimit only when FifoQueue is set to true.'],
  ])('refuse %s of a standard queue', async (name, value, message) => {
    const { QueueUrl } = await newQueue();

    const refusal = { statusCode: 400, __type: 'com.amazonaws.sqs#InvalidAttributeName', message };
    expect(await set(QueueUrl, { [name]: value })).toEqual(refusal);
    expect(await json('CreateQueue', { QueueName: newName(), Attributes: { [name]: value } })).toEqual(refusal);
  });

  it('take a redrive policy that names the queue itself', async () => {
    const { name, QueueUrl } = await newQueue();
    const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:${name}`;
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });

    expect((await set(QueueUrl, { RedrivePolicy })).statusCode).toBe(200);
    expect(await attributesOf(QueueUrl, 'RedrivePolicy')).toEqual({ RedrivePolicy });
    await json('SendMessage', { QueueUrl, MessageBody: 'x' });
    const [first] = await receive(QueueUrl, { VisibilityTimeout: 0 });
    const [again] = await receive(QueueUrl, { WaitTimeSeconds: 5 });
    expect(again?.['MessageId']).toBe(first?.['MessageId']);
  });
});

describe('tags', () => {
  it('are refused where there are none, to be set or to be taken away', async () => {
    const { QueueUrl } = await newQueue();

    expect(await json('TagQueue', { QueueUrl, Tags: {} })).toMatchObject({
      statusCode: 400,
      message: 'The request must contain the parameter Tags.',
    });
    expect(await json('UntagQueue', { QueueUrl, TagKeys: [] })).toMatchObject({
      statusCode: 400,
      message: 'Tag keys must be between 1 and 128 characters in length.',
    });
  });
});

describe('a list of queues', () => {
  it('has no token when its page holds just what is left', async () => {
    const prefix = newName();
    for (const letter of ['a', 'b', 'c']) await json('CreateQueue', { QueueName: `${prefix}-${letter}` });
    const page = async (MaxResults: number) => await json('ListQueues', { QueueNamePrefix: prefix, MaxResults });

    expect(await page(2)).toHaveProperty('NextToken');
    expect(await page(3)).not.toHaveProperty('NextToken');
    await json('DeleteQueue', { QueueUrl: `${prefix}-c` });
    expect(await page(2)).not.toHaveProperty('NextToken');
  });
});

describe('a long poll', () => {
  it('ends with the error when its queue is deleted meanwhile', async () => {
    const world = await given();
    const wait = async () => {
      await deleteQueue(world.service, 'orders');
      world.clock.advance(ROUTE_FRESH_MS);
      return [];
    };
    const host = { service: world.process({}, { arrivals: { wait } }), account: '000000000000', region: 'us-east-1' };

    const polled = await answerSqs(host, jsonCall('ReceiveMessage', { QueueUrl: 'orders', WaitTimeSeconds: 20 }));

    expect(polled).toMatchObject({ statusCode: 400, body: expect.stringContaining('QueueDoesNotExist') as string });
  });
});
