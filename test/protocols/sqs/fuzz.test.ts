import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { HttpEvent, HttpResult } from '../../../src/ports/http-event.ts';
import { ACTIONS } from '../../../src/protocols/sqs/actions/index.ts';
import { answerSqs } from '../../../src/protocols/sqs/answer.ts';
import { runs } from '../../support/runs.ts';
import { jsonCall, queryCall } from './calls.ts';
import { givenSqsServer } from './server.ts';

const server = givenSqsServer();
const QueueUrl = 'http://queues.example.com/000000000000/fuzzed';

const answer = async (event: HttpEvent): Promise<HttpResult> =>
  await answerSqs({ service: server.runtime.service, account: '000000000000', region: 'us-east-1' }, event);

beforeAll(async () => {
  await answer(jsonCall('CreateQueue', { QueueName: 'fuzzed' }));
});

/** Calls that would take the queue away, or wait. */
const LEFT_OUT = new Set(['DeleteQueue', 'PurgeQueue', 'ReceiveMessage']);
const action = fc.constantFrom(...[...ACTIONS.keys()].filter((name) => !LEFT_OUT.has(name)));
const field = fc.constantFrom(
  ...[...ACTIONS.values()].flatMap(({ input }) => (input.kind === 'structure' ? Object.keys(input.members) : [])),
);
/** What XML and form encoding trip over, and everything else. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    '<![CDATA[',
    ']]>',
    '&#0;',
    '&amp;',
    '</Body>',
    '<?xml?>',
    '\r\n',
    '\u0000',
    '\ufffe',
    '\ud800',
    '%',
    '+',
  ),
);
const value = fc.oneof(hostile, fc.jsonValue({ maxDepth: 6 }));

/** Every element is closed by the one that opened last, and there is nothing that XML cannot hold. */
function isWellFormed(xml: string): boolean {
  const open: string[] = [];
  for (const [tag = ''] of xml.replace(/^<\?xml version="1.0"\?>/, '').matchAll(/<[^>]*>/g)) {
    if (tag.endsWith('/>')) continue;
    const name = /^<\/?([A-Za-z0-9]+)( xmlns="[^"]*")?>$/.exec(tag)?.[1];
    if (name === undefined) return false;
    if (!tag.startsWith('</')) open.push(name);
    else if (open.pop() !== name) return false;
  }
  const texts = xml.replaceAll(/<[^>]*>/g, '');
  return (
    open.length === 0 &&
    !/[<>]|&(?!(amp|lt|gt|quot|#xD);)|[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(texts)
  );
}

describe('whatever is called', () => {
  it('is answered in JSON with a result or a refusal of SQS', async () => {
    await fc.assert(
      fc.asyncProperty(action, fc.dictionary(field, value, { maxKeys: 4 }), async (name, input) => {
        const { statusCode, body, headers } = await answer(jsonCall(name, { QueueUrl, ...input }));

        const { __type: type = '' } = (body === '' ? {} : JSON.parse(body)) as { __type?: string };
        expect(statusCode).toBeLessThan(500);
        expect(statusCode === 200 ? '' : type).toMatch(statusCode === 200 ? /^$/ : /^com\.amazon[a-z.]*#[A-Za-z]+$/);
        expect(headers['content-type']).toBe('application/x-amz-json-1.0');
      }),
      runs(1_000),
    );
  });

  it('is answered in XML that can be read', async () => {
    const step = fc.constantFrom('1', '2', '0', 'Name', 'Value', 'StringValue', 'Id', 'x');
    const path = fc.tuple(field, fc.array(step, { maxLength: 5 })).map(([name, steps]) => [name, ...steps].join('.'));
    await fc.assert(
      fc.asyncProperty(action, fc.dictionary(path, hostile, { maxKeys: 5 }), async (Action, parameters) => {
        const wellFormed = Object.fromEntries(
          Object.entries(parameters).map(([name, text]) => [name, Buffer.from(text).toString()]),
        );

        const { statusCode, body } = await answer(queryCall({ Action, QueueUrl, ...wellFormed }));

        expect(statusCode).toBeLessThan(500);
        expect(body === '' || isWellFormed(body) ? '' : body).toBe('');
      }),
      runs(1_000),
    );
  });

  it('comes back in XML as it was sent, however hostile', async () => {
    const echo = QueueUrl.replace('fuzzed', 'echo');
    await answer(jsonCall('CreateQueue', { QueueName: 'echo' }));
    const sayable = hostile.filter((body) => !/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(body));
    await fc.assert(
      fc.asyncProperty(
        sayable.filter((body) => body !== ''),
        async (body) => {
          await answer(queryCall({ Action: 'SendMessage', QueueUrl: echo, MessageBody: body }));

          const received = await answer(
            queryCall({ Action: 'ReceiveMessage', QueueUrl: echo, MaxNumberOfMessages: '10' }),
          );

          const bodies = [...received.body.matchAll(/<Body>([^<]*)<\/Body>/g)].map(([, told = '']) => unescaped(told));
          expect(isWellFormed(received.body)).toBe(true);
          expect(bodies).toContain(body);
        },
      ),
      runs(100),
    );
  });

  it('leaves nothing behind in memory', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const nested = JSON.stringify({ QueueUrl, MessageAttributes: deep(200) });
    const calls = (round: number): HttpEvent[] => [
      jsonCall('SendMessage', nested),
      jsonCall('SendMessage', `{"QueueUrl":"${QueueUrl}","MessageBody":`),
      jsonCall(`Nothing${round}`, {}),
      jsonCall('GetQueueUrl', { QueueName: `nothing-${round}` }),
      queryCall({ Action: 'SendMessage', QueueUrl: `${QueueUrl}${round}`, MessageBody: '\u0001' }),
      queryCall({ Action: `A${round}`, [`Attribute.${round}.Name`]: 'x' }),
      jsonCall('DeleteMessage', { QueueUrl, ReceiptHandle: `none${round}` }),
    ];
    const heapAfter = async (rounds: number): Promise<number> => {
      for (let round = 0; round < rounds; round++) for (const call of calls(round)) await answer(call);
      collect();
      return process.memoryUsage().heapUsed;
    };
    const warm = await heapAfter(500);

    const later = await heapAfter(1_500);

    expect((later - warm) / 1_000_000).toBeLessThan(3);
  });
});

const deep = (levels: number): object => (levels === 0 ? {} : { a: deep(levels - 1) });

const unescaped = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#xD;', '\r')
    .replaceAll('&amp;', '&');
