import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../../src/model/brand.ts';
import { QueueError } from '../../../src/model/errors.ts';
import type { HttpEvent, HttpResult } from '../../../src/ports/http-event.ts';
import { answerSqs, internalFailure } from '../../../src/protocols/sqs/answer.ts';
import { SQS_ERRORS } from '../../../src/protocols/sqs/errors.ts';
import type { Refused } from '../../../src/runtime/key-check.ts';
import { jsonCall, queryCall } from './calls.ts';
import { givenSqsServer } from './server.ts';

const server = givenSqsServer();
type By = Parameters<typeof answerSqs>[2];

const answer = async (event: HttpEvent, by?: By): Promise<HttpResult> =>
  await answerSqs({ service: server.runtime.service, account: '123456789012', region: 'eu-west-1' }, event, by);

const QueueUrl = 'http://queues.example.com/123456789012/orders';
/** Called by who was not let in, for this reason. */
const notLetIn = (reason: Refused) => ({
  authenticate: async () => reason,
});
const failing = (code: 'Throttled' | 'Unavailable') => ({
  authenticate: async () => {
    throw new QueueError(code, 'the store did not answer');
  },
});
const sender = {
  authenticate: async () => ({
    id: 'RMQKEY',
    sealedSecret: '',
    queues: ['orders'],
    rights: ['send' as const],
    createdAtMs: 0 as EpochMs,
  }),
};

/** How each refusal comes about that no call on a queue meets by itself, in both forms. */
const CALLERS: readonly (readonly [title: string, by: By])[] = [
  ['a call that is not signed', notLetIn('missing')],
  ['a signature that cannot be read', notLetIn('incomplete')],
  ['a key that is not there', notLetIn('unknownKey')],
  ['a signature that does not match', notLetIn('wrongSignature')],
  ['a signature that is too old', notLetIn('expired')],
  ['a signature of a date to come', notLetIn('notYet')],
  ['a signature for another service', notLetIn('wrongScope')],
  ['a key that does not reach so far', sender],
  ['a store that is throttled', failing('Throttled')],
  ['a store that does not answer', failing('Unavailable')],
];

const many = ['1', '2', '3', '4', '5', '6', '7', '8'];
const permission = { QueueUrl, Label: 'l', AWSAccountIds: ['111111111111'], Actions: many };
const large = ['a', 'b'].map((Id) => ({ Id, MessageBody: 'x'.repeat(600_000) }));

const CALLS: readonly (readonly [title: string, event: HttpEvent])[] = [
  ['too many actions', jsonCall('AddPermission', permission)],
  [
    'too many actions, in Query',
    queryCall({
      Action: 'AddPermission',
      QueueUrl,
      Label: 'l',
      'AWSAccountId.1': '111111111111',
      ...Object.fromEntries(many.map((action) => [`ActionName.${action}`, action])),
    }),
  ],
  ['too long a batch', jsonCall('SendMessageBatch', { QueueUrl, Entries: large })],
  [
    'too long a batch, in Query',
    queryCall({
      Action: 'SendMessageBatch',
      QueueUrl,
      ...Object.fromEntries(
        large.flatMap(({ Id, MessageBody }, index) => [
          [`SendMessageBatchRequestEntry.${index + 1}.Id`, Id],
          [`SendMessageBatchRequestEntry.${index + 1}.MessageBody`, MessageBody],
        ]),
      ),
    }),
  ],
  [
    'too long a request',
    jsonCall('SendMessage', '', { headers: tooLong({ 'x-amz-target': 'AmazonSQS.SendMessage' }) }),
  ],
  ['too long a request, in Query', queryCall({}, { headers: tooLong({}) })],
  ['no JSON', jsonCall('SendMessage', '{')],
  ['no call', jsonCall('Nothing', {})],
  ['no call, in Query', queryCall({})],
  ['no query string', queryCall({}, { body: 'Action=%ff' })],
];

function tooLong(headers: Record<string, string>): Record<string, string> {
  return { host: 'x', ...headers, 'content-length': '99999999' };
}

const shown = ({ statusCode, headers, body }: HttpResult): string =>
  [statusCode, headers['x-amzn-query-error'] ?? headers['content-type'], body].join('\n');

describe('the refusals of SQS', () => {
  it('are told in JSON and in XML, byte for byte', async () => {
    const receiving = { QueueUrl };
    const lines: string[] = [];
    await answer(jsonCall('CreateQueue', { QueueName: 'orders' }));
    for (const [title, by] of CALLERS) {
      const json = await answer(jsonCall('ReceiveMessage', receiving), by);
      const query = await answer(queryCall({ Action: 'ReceiveMessage', ...receiving }), by);
      lines.push(`## ${title}`, shown(json), shown(query), '');
    }
    for (const [title, event] of CALLS) lines.push(`## ${title}`, shown(await answer(event)), '');
    lines.push('## a bug', shown(internalFailure(jsonCall('X', {}))), shown(internalFailure(queryCall({}))));

    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('refusals.golden.txt');
  });

  it('stand in a golden file, each of them', () => {
    const golden = ['wire', 'refusals'].map((name) => readFileSync(`test/protocols/sqs/${name}.golden.txt`, 'utf8'));

    const absent = Object.entries(SQS_ERRORS).filter(
      ([code, { query }]) =>
        !golden.some((text) => text.includes(`#${code}"`) || text.includes(`<Code>${query}</Code>`)),
    );

    expect(absent.map(([code]) => code)).toEqual([]);
  });
});
