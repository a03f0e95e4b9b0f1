import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ANSWER_BYTES_MAX } from '../../../src/model/limits.ts';
import { givenAsker, newName } from './asking.ts';
import { jsonCall, queryCall } from './calls.ts';

const { server, answer, json, newQueue, receive } = givenAsker();
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('a call in Query form', () => {
  it('may name a list of one without a number, and tags in the plural', async () => {
    const QueueName = newName();
    const created = await answer(
      queryCall({ Action: 'CreateQueue', QueueName, 'Tags.1.Key': 'team', 'Tags.1.Value': 'a' }),
    );
    const attributes = await answer(
      queryCall({ Action: 'GetQueueAttributes', QueueUrl: QueueName, AttributeName: 'All' }),
    );

    expect(created.statusCode).toBe(200);
    expect(await json('ListQueueTags', { QueueUrl: QueueName })).toMatchObject({ Tags: { team: 'a' } });
    expect(attributes.body).toContain('<Name>VisibilityTimeout</Name>');
  });

  it('gets no larger answer than one in JSON, though XML writes a character in five', async () => {
    const { QueueUrl } = await newQueue();
    for (const letter of ['a', 'b', 'c', 'd']) {
      await json('SendMessage', { QueueUrl, MessageBody: letter + '&'.repeat(300_000) });
    }

    const letters: string[] = [];
    while (letters.length < 4) {
      const { body } = await answer(queryCall({ Action: 'ReceiveMessage', QueueUrl, MaxNumberOfMessages: '10' }));
      expect(Buffer.byteLength(body)).toBeLessThan(ANSWER_BYTES_MAX + 10_000);
      letters.push(...[...body.matchAll(/<Body>(.)/g)].map(([, letter = '']) => letter));
    }

    expect(letters.toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is answered in JSON where that is accepted', async () => {
    const { name, QueueUrl } = await newQueue();
    const headers = { ...FORM, accept: 'application/json' };
    const told = async (parameters: Record<string, string>) => {
      const { body, headers: given } = await answer(queryCall(parameters, { headers }));
      expect(given['content-type']).toBe('application/json');
      return JSON.parse(body) as object;
    };
    const ResponseMetadata = { RequestId: 'request-1' };

    const listed = await told({ Action: 'ListQueues', QueueNamePrefix: name });
    const none = await told({ Action: 'ReceiveMessage', QueueUrl });
    const delay = await told({ Action: 'GetQueueAttributes', QueueUrl, 'AttributeName.1': 'DelaySeconds' });
    const refused = await told({ Action: 'SendMessage', QueueUrl: 'nowhere', MessageBody: 'x' });

    expect(listed).toEqual({
      ListQueuesResponse: { ListQueuesResult: { queueUrls: [expect.stringContaining(name)] }, ResponseMetadata },
    });
    expect(none).toEqual({ ReceiveMessageResponse: { ReceiveMessageResult: { messages: null }, ResponseMetadata } });
    expect(delay).toEqual({
      GetQueueAttributesResponse: {
        GetQueueAttributesResult: { Attributes: [{ Name: 'DelaySeconds', Value: '0' }] },
        ResponseMetadata,
      },
    });
    expect(refused).toEqual({
      Error: {
        Code: 'AWS.SimpleQueueService.NonExistentQueue',
        Detail: null,
        Message: 'The specified queue does not exist for this wsdl version.',
        Type: 'Sender',
      },
      RequestId: 'request-1',
    });
  });
});

describe('the URL of a queue', () => {
  const at = (path: string, query = '') =>
    queryCall(
      {},
      { rawPath: path, rawQueryString: query, requestContext: { requestId: 'r', http: { method: 'GET' } } },
    );

  it('does not answer a GET without an action', async () => {
    expect(await answer(at('/000000000000/orders'))).toMatchObject({
      statusCode: 404,
      body: '<UnknownOperationException/>',
    });
  });

  it.each(['CreateQueue', 'ListQueues'])('does not answer %s', async (action) => {
    const { statusCode, body } = await answer(at('/000000000000/orders', `Action=${action}&QueueName=x`));

    expect(statusCode).toBe(400);
    expect(body).toContain('<Code>InvalidAction</Code>');
  });

  it.each(['//000000000000/%s', '/000000000000//%s', 'http://queues.example.com/000000000000/%s'])(
    'is understood as %s',
    async (form) => {
      const { name } = await newQueue();
      const target = form.replace('%s', name);

      expect(await rawGet(`${target}?Action=ListQueueTags`)).toContain('200 OK');
    },
  );

  it('is told with single slashes where nothing is served at it', async () => {
    expect(await rawGet('//queues/orders')).toContain('with single slashes it is \\"/queues/orders\\"');
  });
});

/** Sends a request line as it is; what a client makes of a URL is not what a proxy or a careless one sends. */
async function rawGet(target: string): Promise<string> {
  const { port } = new URL(server.runtime.url);
  return await new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () =>
      socket.end(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`),
    );
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}

describe('bytes that are no UTF-8', () => {
  it('are refused in both forms, never altered', async () => {
    const { QueueUrl } = await newQueue();
    const bytes = Buffer.concat([
      Buffer.from(`{"QueueUrl":"${QueueUrl}","MessageBody":"`),
      Buffer.of(0xff),
      Buffer.from('"}'),
    ]);
    const call = jsonCall('SendMessage', {}, { body: bytes.toString('base64'), isBase64Encoded: true });
    const form = queryCall(
      {},
      { body: Buffer.from('Action=SendMessage&MessageBody=\xff', 'latin1').toString('base64') },
    );

    expect(JSON.parse((await answer(call)).body)).toMatchObject({
      __type: 'com.amazon.coral.service#SerializationException',
    });
    expect((await answer({ ...form, isBase64Encoded: true })).body).toContain('<Code>MalformedQueryString</Code>');
    expect(await receive(QueueUrl)).toEqual([]);
  });
});
