import { beforeAll, describe, expect, it } from 'vitest';
import type { QueueService } from '../../../src/engine/index.ts';
import type { HttpEvent } from '../../../src/ports/http-event.ts';
import { ACTIONS } from '../../../src/protocols/sqs/actions/index.ts';
import { answerSqs } from '../../../src/protocols/sqs/answer.ts';
import { jsonCall, queryCall } from './calls.ts';
import { givenSqsServer } from './server.ts';

const server = givenSqsServer();
let service: QueueService;
beforeAll(async () => {
  service = server.runtime.service;
  await answer(jsonCall('CreateQueue', { QueueName: 'target' }));
});

const answer = async (event: HttpEvent) =>
  await answerSqs({ service, account: '000000000000', region: 'us-east-1' }, event);
const QueueUrl = 'http://localhost/000000000000/target';

/** A refusal in its wire form that blames the caller; anything else is a defect. */
async function refusalOf(event: HttpEvent): Promise<string> {
  const { statusCode, body } = await answer(event);
  expect(statusCode).toBeGreaterThanOrEqual(400);
  expect(statusCode).toBeLessThan(500);
  if (event.headers['x-amz-target'] === undefined) return /<Code>([^<]+)<\/Code>/.exec(body)?.[1] ?? body;
  return String((JSON.parse(body) as { __type?: string }).__type).split('#')[1] ?? body;
}

const WRONG_VALUES: readonly unknown[] = [
  0,
  -1,
  1.5,
  1e300,
  '',
  'x',
  '\u0000',
  '\ud800',
  '<![CDATA[',
  true,
  [],
  [[]],
  [null],
  {},
  { a: {} },
  { __proto__: 1 },
  { constructor: { name: 'x' } },
  'x'.repeat(100_000),
  Array.from({ length: 5_000 }, () => ({ Id: 'a' })),
];

describe('calls that mean no good', () => {
  it('are refused when the body is no JSON, no object, or nested without end', async () => {
    const bodies = ['{', 'null', '[]', '"x"', '1', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, '{"Entries":}'];

    for (const body of bodies)
      expect(await refusalOf(jsonCall('SendMessageBatch', body))).toBe('SerializationException');
  });

  it('are refused when they name no call', async () => {
    const targets = ['', 'AmazonSQS.', 'AmazonSQS.Nothing', 'AmazonSQS.__proto__', 'DynamoDB_20120810.PutItem'];

    for (const target of targets) {
      const call = jsonCall('', {}, { headers: { 'x-amz-target': target, host: 'x' } });
      expect(await refusalOf(call)).toBe('UnknownOperationException');
    }
    expect(await refusalOf(queryCall({ Action: 'constructor' }))).toBe('InvalidAction');
    expect(await refusalOf(queryCall({}))).toBe('MissingAction');
  });

  it('never meet a bug, whatever stands in whichever field', async () => {
    const answers: number[] = [];
    for (const [name, { input }] of ACTIONS) {
      if (name === 'DeleteQueue' || name === 'PurgeQueue' || name === 'ReceiveMessage') continue;
      const fields = input.kind === 'structure' ? Object.keys(input.members) : [];
      for (const field of fields) {
        for (const value of WRONG_VALUES) {
          const { statusCode } = await answer(jsonCall(name, { QueueUrl, QueueName: 'target', [field]: value }));
          answers.push(statusCode);
        }
      }
    }

    expect(answers.length).toBeGreaterThan(500);
    expect(answers.filter((status) => status >= 500)).toEqual([]);
  });

  it('are refused as Query when they are malformed, too many or too deep', async () => {
    const many = Array.from({ length: 3_000 }, (_, number) => `a${number}=1`).join('&');
    const deep = `Action=SendMessage&QueueUrl=x&${'a.'.repeat(50_000)}=1`;

    expect(await refusalOf(queryCall({}, { body: 'Action=%ff%fe' }))).toBe('MalformedQueryString');
    expect(await refusalOf(queryCall({}, { body: many }))).toBe('MalformedQueryString');
    expect(await refusalOf(queryCall({}, { body: deep }))).toBe('MissingParameter');
    expect(await refusalOf(queryCall({ Action: 'SendMessage', QueueUrl, '__proto__.1.x': 'y' }))).toBe(
      'MissingParameter',
    );
  });

  it('are refused when an attribute breaks the rules of SQS', async () => {
    const send = (name: string, value: object) =>
      refusalOf(jsonCall('SendMessage', { QueueUrl, MessageBody: 'x', MessageAttributes: { [name]: value } }));
    const text = { DataType: 'String', StringValue: 'x' };

    const refusals = [
      await send('AWS.mine', text),
      await send('a b', text),
      await send('.a', text),
      await send('a'.repeat(257), text),
      await send('', text),
      await send('a', { DataType: 'Text', StringValue: 'x' }),
      await send('a', { DataType: 'String', StringValue: '' }),
      await send('a', { DataType: 'Number', StringValue: 'x' }),
      await send('a', { DataType: 'Binary', BinaryValue: '*' }),
      await send('a', {}),
    ];

    expect(new Set(refusals)).toEqual(new Set(['InvalidParameterValueException']));
  });

  it('are refused when larger than the server takes', async () => {
    const { statusCode } = await answer(
      jsonCall('SendMessage', '', {
        headers: { 'x-amz-target': 'AmazonSQS.SendMessage', 'content-length': '9999999' },
      }),
    );

    expect(statusCode).toBe(413);
  });
});
