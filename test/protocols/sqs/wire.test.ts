import { beforeAll, describe, expect, it } from 'vitest';
import type { QueueService } from '../../../src/engine/index.ts';
import type { HttpEvent } from '../../../src/ports/http-event.ts';
import { answerSqs } from '../../../src/protocols/sqs/answer.ts';
import { jsonCall, queryCall } from './calls.ts';
import { givenSqsServer } from './server.ts';
import { stepsOn } from './wire-steps.ts';

const server = givenSqsServer();
let service: QueueService;
beforeAll(() => {
  service = server.runtime.service;
});

const owner = { account: '123456789012', region: 'eu-west-1' };
const answer = async (event: HttpEvent) => await answerSqs({ service, ...owner }, event);
const queueUrl = (name: string) => `http://queues.example.com/123456789012/${name}`;

/** Receipts of the last answer that had some, and the handle of the last task: what later steps name. */
let receipts: string[] = [];
let handle = '';

/** The answer with what differs from run to run made alike. */
async function wire({ body: given = '', ...event }: HttpEvent): Promise<string> {
  const named = given
    .replaceAll(/RECEIPT_(\d)/g, (_, index) => receipts[Number(index)] ?? 'none')
    .replaceAll('HANDLE_0', given.startsWith('{') ? handle : encodeURIComponent(handle));
  const { statusCode, headers, body } = await answer({ ...event, body: named });
  remember(body);
  const told = Object.entries(headers)
    .filter(([name]) => name !== 'x-amzn-requestid')
    .map(([name, value]) => `${name}: ${value}`);
  const stable = body
    .replaceAll(/(?<=ReceiptHandle(":"|>))[A-Za-z0-9_-]+/g, 'RECEIPT')
    .replaceAll(/(?<=Value )[A-Za-z0-9_-]{30,}/g, 'RECEIPT')
    .replaceAll(/(?<=TaskHandle(":"|>))[A-Za-z0-9+/=]+/g, 'HANDLE')
    .replaceAll(/(?<=MessageId(":"|>))[A-Za-z0-9_-]+/g, 'ID')
    .replaceAll(/(?<=MessagesMoved(":|>))\d+/g, 'N')
    .replaceAll(/(?<=Timestamp(":"|":|>|<\/Name><Value>))\d+/g, 'TIME');
  return [statusCode, ...told, stable].join('\n');
}

function remember(body: string): void {
  const found = [...body.matchAll(/ReceiptHandle(?:":"|>)([A-Za-z0-9_-]+)/g)].map(([, receipt]) => receipt ?? '');
  if (found.length > 0) receipts = found;
  handle = /TaskHandle(?:":"|>)([A-Za-z0-9+/=]+)/.exec(body)?.[1] ?? handle;
}

describe('the wire of SQS', () => {
  it('answers each call in JSON and in XML, byte for byte', async () => {
    const lines: string[] = [];
    const show = async (title: string, event: HttpEvent) => lines.push(`## ${title}\n${await wire(event)}`);
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
