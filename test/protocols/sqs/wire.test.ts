import { beforeAll, describe, expect, it } from 'vitest';
import type { QueueService } from '../../../src/engine/index.ts';
import { answerSqs, type SqsEvent } from '../../../src/protocols/sqs/answer.ts';
import { jsonCall, queryCall } from './calls.ts';
import { givenSqsServer } from './server.ts';

const server = givenSqsServer();
let service: QueueService;
beforeAll(() => {
  service = server.runtime.service;
});

const owner = { account: '123456789012', region: 'eu-west-1' };
const answer = async (event: SqsEvent) => await answerSqs({ service, ...owner }, event);
const queueUrl = (name: string) => `http://queues.example.com/123456789012/${name}`;

/** The answer with what differs from run to run made alike. */
async function wire(event: SqsEvent): Promise<string> {
  const { statusCode, headers, body } = await answer(event);
  const told = Object.entries(headers)
    .filter(([name]) => name !== 'x-amzn-requestid')
    .map(([name, value]) => `${name}: ${value}`);
  const stable = body
    .replaceAll(/(?<=ReceiptHandle(":"|>))[A-Za-z0-9_-]+/g, 'RECEIPT')
    .replaceAll(/(?<=MessageId(":"|>))[A-Za-z0-9_-]+/g, 'ID')
    .replaceAll(/(?<=Timestamp(":"|<\/Name><Value>))\d+/g, 'TIME');
  return [statusCode, ...told, stable].join('\n');
}

describe('the wire of SQS', () => {
  it('answers each call in JSON and in XML, byte for byte', async () => {
    const lines: string[] = [];
    const show = async (title: string, event: SqsEvent) => lines.push(`## ${title}\n${await wire(event)}`);
    for (const [form, queue] of [
      ['JSON', 'golden-json'],
      ['Query', 'golden-query'],
    ] as const) {
      for (const [action, input, parameters] of stepsOn(queue)) {
        const event =
          form === 'JSON'
            ? jsonCall(action, input)
            : queryCall({ Action: action, Version: '2012-11-05', ...parameters });
        await show(`${form} ${action}`, event);
      }
    }

    await expect(`${lines.join('\n\n')}\n`).toMatchFileSnapshot('wire.golden.txt');
  });

  it('computes the digest of attributes as SQS does', async () => {
    await answer(jsonCall('CreateQueue', { QueueName: 'digests' }));
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    const MessageAttributes = { Hello: text('There'), General: text('Kenobi'), 'Help.Me': text('Me') };

    const { body } = await answer(
      jsonCall('SendMessage', { QueueUrl: queueUrl('digests'), MessageBody: 'msg', MessageAttributes }),
    );

    // What the service itself answered to this message.
    expect(JSON.parse(body)).toMatchObject({
      MD5OfMessageBody: '6e2baaf3b97dbeef01c0043275f9a0e7',
      MD5OfMessageAttributes: '4c360f3fdafd970e05fae2f149d997f5',
    });
  });

  it('takes a call on the URL of its queue, by GET too, and whatever account the URL names', async () => {
    await answer(jsonCall('CreateQueue', { QueueName: 'paths' }));
    const path = '/999999999999/paths';
    const get = { requestContext: { requestId: 'request-1', http: { method: 'GET' } } };

    const posted = await answer(queryCall({ Action: 'SendMessage', MessageBody: 'a<b' }, { rawPath: path }));
    const inJson = await answer(jsonCall('SendMessage', { MessageBody: 'x' }, { rawPath: path }));
    const got = await answer({
      ...queryCall({}, { rawPath: path, ...get }),
      rawQueryString: 'Action=GetQueueAttributes&AttributeName.1=QueueArn',
    });

    expect([posted.statusCode, inJson.statusCode, got.statusCode]).toEqual([200, 200, 200]);
    expect(got.body).toContain('<Value>arn:aws:sqs:eu-west-1:123456789012:paths</Value>');
  });

  it('marks what XML cannot hold in a message that came over REST', async () => {
    await answer(jsonCall('CreateQueue', { QueueName: 'odd' }));
    const rest = await fetch(`${server.runtime.url}/queues/odd/messages`, {
      method: 'POST',
      body: JSON.stringify({ messages: [{ body: 'bell \u0007' }] }),
    });

    const { body } = await answer(queryCall({ Action: 'ReceiveMessage', QueueUrl: queueUrl('odd') }));

    expect(rest.status).toBe(200);
    expect(body).toContain('<Body>bell \ufffd</Body>');
  });
});

type Step = readonly [action: string, input: object, parameters: Record<string, string>];

/** The queue of a run; each form has its own. */
const name = 'QUEUE';
const QueueUrl = queueUrl(name);
const nothing = queueUrl('nothing');
/** One call of each kind and of each refusal, in both forms. */
const STEPS: readonly Step[] = [
  [
    'CreateQueue',
    { QueueName: name, Attributes: { DelaySeconds: '0' }, tags: { a: 'b' } },
    {
      QueueName: name,
      'Attribute.1.Name': 'DelaySeconds',
      'Attribute.1.Value': '0',
      'Tag.1.Key': 'a',
      'Tag.1.Value': 'b',
    },
  ],
  [
    'CreateQueue',
    { QueueName: name, Attributes: { DelaySeconds: '5' } },
    {
      QueueName: name,
      'Attribute.1.Name': 'DelaySeconds',
      'Attribute.1.Value': '5',
    },
  ],
  ['CreateQueue', { QueueName: 'a b' }, { QueueName: 'a b' }],
  ['CreateQueue', { QueueName: 'a.fifo' }, { QueueName: 'a.fifo' }],
  ['GetQueueUrl', { QueueName: name }, { QueueName: name }],
  ['GetQueueUrl', { QueueName: 'nothing' }, { QueueName: 'nothing' }],
  ['GetQueueUrl', {}, {}],
  ['ListQueues', { QueueNamePrefix: name }, { QueueNamePrefix: name }],
  ['ListQueues', { QueueNamePrefix: 'zzz' }, { QueueNamePrefix: 'zzz' }],
  ['GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] }, { QueueUrl, 'AttributeName.1': 'All' }],
  ['GetQueueAttributes', { QueueUrl, AttributeNames: ['Colour'] }, { QueueUrl, 'AttributeName.1': 'Colour' }],
  [
    'SetQueueAttributes',
    { QueueUrl, Attributes: { VisibilityTimeout: '40' } },
    {
      QueueUrl,
      'Attribute.Name': 'VisibilityTimeout',
      'Attribute.Value': '40',
    },
  ],
  [
    'SetQueueAttributes',
    { QueueUrl, Attributes: { VisibilityTimeout: '43201' } },
    {
      QueueUrl,
      'Attribute.1.Name': 'VisibilityTimeout',
      'Attribute.1.Value': '43201',
    },
  ],
  [
    'SetQueueAttributes',
    { QueueUrl, Attributes: { RedrivePolicy: 'x' } },
    {
      QueueUrl,
      'Attribute.1.Name': 'RedrivePolicy',
      'Attribute.1.Value': 'x',
    },
  ],
  ['ListQueueTags', { QueueUrl }, { QueueUrl }],
  ['TagQueue', { QueueUrl, Tags: { c: 'd' } }, { QueueUrl, 'Tag.1.Key': 'c', 'Tag.1.Value': 'd' }],
  ['UntagQueue', { QueueUrl, TagKeys: ['a'] }, { QueueUrl, 'TagKey.1': 'a' }],
  [
    'AddPermission',
    { QueueUrl, Label: 'l', AWSAccountIds: ['111111111111'], Actions: ['*'] },
    {
      QueueUrl,
      Label: 'l',
      'AWSAccountId.1': '111111111111',
      'ActionName.1': '*',
    },
  ],
  ['RemovePermission', { QueueUrl, Label: 'm' }, { QueueUrl, Label: 'm' }],
  ['SendMessage', { QueueUrl, MessageBody: 'a "b" <c> & d' }, { QueueUrl, MessageBody: 'a "b" <c> & d' }],
  ['SendMessage', { QueueUrl, MessageBody: '' }, { QueueUrl, MessageBody: '' }],
  ['SendMessage', { QueueUrl, MessageBody: '\u0001' }, { QueueUrl, MessageBody: '\u0001' }],
  [
    'SendMessage',
    { QueueUrl, MessageBody: 'x', DelaySeconds: 901 },
    { QueueUrl, MessageBody: 'x', DelaySeconds: '901' },
  ],
  ['SendMessage', { QueueUrl, MessageBody: 'x', DelaySeconds: 'x' }, { QueueUrl, MessageBody: 'x', DelaySeconds: 'x' }],
  ['SendMessage', { QueueUrl: nothing, MessageBody: 'x' }, { QueueUrl: nothing, MessageBody: 'x' }],
  ['SendMessage', { QueueUrl: 'nowhere', MessageBody: 'x' }, { QueueUrl: 'nowhere', MessageBody: 'x' }],
  ['SendMessageBatch', { QueueUrl, Entries: [] }, { QueueUrl }],
  [
    'SendMessageBatch',
    { QueueUrl, Entries: [{ Id: 'a b', MessageBody: 'x' }] },
    {
      QueueUrl,
      'SendMessageBatchRequestEntry.1.Id': 'a b',
      'SendMessageBatchRequestEntry.1.MessageBody': 'x',
    },
  ],
  [
    'ReceiveMessage',
    { QueueUrl, MaxNumberOfMessages: 10, AttributeNames: ['All'] },
    {
      QueueUrl,
      MaxNumberOfMessages: '10',
      'AttributeName.1': 'All',
    },
  ],
  ['ReceiveMessage', { QueueUrl }, { QueueUrl }],
  ['ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 11 }, { QueueUrl, MaxNumberOfMessages: '11' }],
  ['DeleteMessage', { QueueUrl, ReceiptHandle: 'x' }, { QueueUrl, ReceiptHandle: 'x' }],
  [
    'DeleteMessageBatch',
    { QueueUrl, Entries: [{ Id: 'a', ReceiptHandle: 'x' }] },
    {
      QueueUrl,
      'DeleteMessageBatchRequestEntry.1.Id': 'a',
      'DeleteMessageBatchRequestEntry.1.ReceiptHandle': 'x',
    },
  ],
  [
    'ChangeMessageVisibility',
    { QueueUrl, ReceiptHandle: 'x', VisibilityTimeout: 43_201 },
    {
      QueueUrl,
      ReceiptHandle: 'x',
      VisibilityTimeout: '43201',
    },
  ],
  ['ListDeadLetterSourceQueues', { QueueUrl }, { QueueUrl }],
  ['StartMessageMoveTask', { SourceArn: 'arn' }, { SourceArn: 'arn' }],
  ['PurgeQueue', { QueueUrl }, { QueueUrl }],
  ['PurgeQueue', { QueueUrl }, { QueueUrl }],
  ['DeleteQueue', { QueueUrl }, { QueueUrl }],
  ['CreateQueue', { QueueName: name }, { QueueName: name }],
  ['Nonsense', {}, {}],
];

const stepsOn = (queue: string) => JSON.parse(JSON.stringify(STEPS).replaceAll(name, queue)) as Step[];
