import { GetQueueUrlCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import type { MessageAttributes } from '../../../src/model/message.ts';
import { failedItems, HOPS } from '../../../src/model/push/index.ts';
import { queueUrlRefusal, SqsTarget } from '../../../src/runtime/targets/index.ts';
import { givenSqsServer } from '../../protocols/sqs/server.ts';
import { idOf, pushCall, pushMessage } from '../../support/push-calls.ts';
import { givenAws, type Scripted, signedFor } from './scripted-service.ts';

interface SentBatch {
  readonly QueueUrl: string;
  readonly Entries: readonly {
    readonly Id: string;
    readonly MessageBody: string;
    readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue?: string }>>;
  }[];
}

const taken = (...ids: string[]): Scripted => ({
  status: 200,
  body: JSON.stringify({ Successful: ids.map((Id) => ({ Id })) }),
});
const TEN = taken(...Array.from({ length: 10 }, (_, number) => String(number)));

/** Pushes these bodies into a queue of a service that answers by a script. */
async function push(bodies: readonly string[], ...script: [Scripted, ...Scripted[]]) {
  const aws = await givenAws(...script);
  const url = `${aws.origin}/123456789012/orders`;
  const answer = await new SqsTarget({ allowed: [aws.origin] }).call(pushCall({ kind: 'sqs', url }, bodies));
  const sent = aws.asked.map(({ body }) => JSON.parse(body.toString()) as SentBatch);
  return { ...aws, url, answer, sent };
}

const failuresOf = (text: string | undefined) =>
  failedItems(
    text,
    Array.from({ length: 100 }, (_, number) => idOf(number)),
  ).toSorted();

describe('a queue of SQS', () => {
  const server = givenSqsServer();

  it('gets body and attributes of each message', async () => {
    const { runtime, client } = server;
    await fetch(`${runtime.url}/queues/copies`, { method: 'PUT' });
    const { QueueUrl: url = '' } = await client.send(new GetQueueUrlCommand({ QueueName: 'copies' }));
    await givenAws('silent');
    const attributes: MessageAttributes = {
      count: { type: 'number', value: '12', label: 'int' },
      bytes: { type: 'binary', value: 'AQI=' },
      'AWS.AWSTraceHeader': { type: 'string', value: 'Root=1-2-3' },
      'AWS.SenderId': { type: 'string', value: 'somebody' },
    };
    const messages = [pushMessage({ attributes, body: 'ä' })];

    const target = new SqsTarget({ allowed: [runtime.url] });
    const answer = await target.call({ ...pushCall({ kind: 'sqs', url }, []), messages });

    expect(answer).toEqual({ end: { kind: 'status', status: 200 }, text: '{"batchItemFailures":[]}' });
    const wanted = {
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All' as const],
      WaitTimeSeconds: 5,
    };
    const { Messages: [copy] = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl: url, ...wanted }));
    expect(copy).toMatchObject({
      Body: 'ä',
      Attributes: { AWSTraceHeader: 'Root=1-2-3' },
      MessageAttributes: {
        count: { StringValue: '12', DataType: 'Number.int' },
        bytes: { BinaryValue: new Uint8Array([1, 2]), DataType: 'Binary' },
      },
    });
  });

  it('gets told how often each message was pushed, where a message has room for that', async () => {
    const full = Object.fromEntries(
      Array.from({ length: 10 }, (_, number) => [`a${number}`, { type: 'string', value: 'x' }] as const),
    );
    const aws = await givenAws(TEN);
    const messages = [
      pushMessage({ body: 'new' }),
      pushMessage({ body: 'known', attributes: { [HOPS]: { type: 'number', value: '7' } } }),
      pushMessage({ body: 'full', attributes: full }),
    ];

    const call = pushCall({ kind: 'sqs', url: `${aws.origin}/123456789012/orders` }, []);
    await new SqsTarget({ allowed: [aws.origin] }).call({ ...call, messages });

    const [sent] = aws.asked.map(({ body }) => JSON.parse(body.toString()) as SentBatch);
    expect(sent?.Entries.map(({ MessageAttributes: given }) => given?.[HOPS]?.StringValue)).toEqual([
      '1',
      '8',
      undefined,
    ]);
  });

  it('gets ten messages in each request, signed for SQS', async () => {
    const bodies = Array.from({ length: 25 }, (_, number) => `body ${number}`);

    const { asked, sent, answer, url } = await push(bodies, TEN);

    expect(sent.map(({ Entries }) => Entries.length).toSorted((one, other) => one - other)).toEqual([5, 10, 10]);
    expect(new Set(sent.flatMap(({ Entries }) => Entries.map((entry) => entry.MessageBody)))).toEqual(new Set(bodies));
    expect(sent[0]?.QueueUrl).toBe(url);
    expect(asked[0]?.headers['x-amz-target']).toBe('AmazonSQS.SendMessageBatch');
    expect(await signedFor(asked[0])).toBe('sqs in us-east-1');
    expect(failuresOf(answer.text)).toEqual([]);
  });

  it('gets no more than a megabyte in a request, unless one message is larger', async () => {
    const { sent } = await push(['x'.repeat(700_000), 'y'.repeat(348_530), 'z', 'u'.repeat(2_000_000), 'v'], TEN);

    const letters = sent.map(({ Entries }) => Entries.map(({ MessageBody: [letter] }) => letter).join(''));
    expect(letters.toSorted()).toEqual(['u', 'v', 'xy', 'z']);
  });

  it('has not taken what it does not name as taken', async () => {
    const { answer } = await push(['a', 'b', 'c'], taken('0', '2'));

    expect(answer.end).toEqual({ kind: 'status', status: 200 });
    expect(failuresOf(answer.text)).toEqual([idOf(1)]);
  });

  it('has not taken the messages of a request that was refused or cut, while others were taken', async () => {
    const bodies = Array.from({ length: 30 }, (_, number) => `body ${number}`);

    const { answer, asked } = await push(bodies, TEN, 'hangsUp', { status: 503 });

    expect(asked).toHaveLength(3);
    expect(answer.end).toEqual({ kind: 'status', status: 200 });
    expect(failuresOf(answer.text)).toHaveLength(20);
  });

  it.each([
    ['a queue that is missing', 400, 'com.amazonaws.sqs#QueueDoesNotExist', 'QueueDoesNotExist'],
    ['a missing right', 403, 'AccessDeniedException', 'AccessDeniedException'],
  ])('refuses all with the error of SQS: %s', async (_what, status, type, code) => {
    const { answer } = await push(['a'], { status, body: JSON.stringify({ __type: type, message: 'no' }) });

    expect(answer).toEqual({ end: { kind: 'refused', status, code } });
  });

  it.each<[url: string, refusal: string | undefined]>([
    ['https://sqs.eu-west-1.amazonaws.com/123456789012/orders', undefined],
    ['https://sqs.cn-north-1.amazonaws.com.cn/123456789012/orders', undefined],
    ['http://127.0.0.1:9324/000000000000/orders', undefined],
    ['orders', 'must be the URL of a queue, like https://sqs.eu-west-1.amazonaws.com/123456789012/a'],
    ['https://me@sqs.eu-west-1.amazonaws.com/1/orders', 'must not contain a user name or password'],
    ['https://sqs.eu-west-1.amazonaws.com/123456789012/orders.fifo', 'must not name a FIFO queue'],
    ...[
      'http://sqs.eu-west-1.amazonaws.com/123456789012/orders',
      'https://sqs.eu-west-1.amazonaws.com.evil.example/123456789012/orders',
      'https://sqs.evil.example/sqs.eu-west-1.amazonaws.com/orders',
      'https://sqs.cn-north-1.amazonaws.com.cn/123456789012/invoices',
      'http://169.254.169.254/latest/meta-data',
    ].map((url): [string, string] => [url, 'must name a queue that the operator allows']),
  ])('has a URL: %s', async (url, refusal) => {
    const allowed = [
      'http://127.0.0.1:9324',
      'https://sqs.eu-west-1.amazonaws.com/',
      'https://sqs.cn-north-1.amazonaws.com.cn/123456789012/orders',
    ];

    expect(queueUrlRefusal(url, allowed)).toBe(refusal);
    if (refusal === undefined) return;
    const answer = await new SqsTarget({ allowed }).call(pushCall({ kind: 'sqs', url }, ['a']));
    expect(answer).toEqual({ end: { kind: 'addressRefused' } });
  });
});
