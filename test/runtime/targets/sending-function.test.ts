import { describe, expect, it } from 'vitest';
import type { HttpAnswer } from '../../../src/runtime/lambda-http.ts';
import { type PackedPost, sendThrough, unpackedPost } from '../../../src/runtime/targets/index.ts';

const POST = { url: 'https://hooks.example.com', headers: { 'webhook-id': '1' }, body: '{"é": 1}', timeoutMs: 1_000 };
const answering = (answer: Partial<HttpAnswer>) => ({
  ask: async (): Promise<HttpAnswer> => ({ status: 200, headers: {}, body: Buffer.from(''), ...answer }),
});

describe('a request that a function without rights sends', () => {
  it('arrives there as it was signed', async () => {
    const asked: PackedPost[] = [];
    const ask = async (event: object) => {
      asked.push(event as PackedPost);
      return { status: 200, headers: {}, body: Buffer.from('{"end":{"kind":"status","status":204}}') };
    };

    const answer = await sendThrough({ ask })(POST);

    expect(answer).toEqual({ end: { kind: 'status', status: 204 } });
    expect(asked.map(unpackedPost)).toEqual([POST]);
  });

  it('fits into what Lambda takes, with the largest batch of characters that JSON escapes', async () => {
    let bytes = 0;
    const ask = async (event: object) => {
      bytes = JSON.stringify(event).length;
      return { status: 200, headers: {}, body: Buffer.from('{"end":{"kind":"timedOut"}}') };
    };
    const body = JSON.stringify('"\\'.repeat(1024 * 1024));

    await sendThrough({ ask })({ ...POST, body });

    expect(body.length).toBeGreaterThan(4 * 1024 * 1024);
    expect(bytes).toBeLessThan(6_000_000);
  });

  it.each([
    ['throttles', { status: 429, headers: { 'x-amzn-errortype': 'TooManyRequestsException' } }, 'refused'],
    ['dies', { headers: { 'x-amz-function-error': 'Unhandled' } }, 'answerCut'],
  ] as const)('ends as it should when the function %s', async (_, answer, kind) => {
    expect((await sendThrough(answering(answer))(POST)).end.kind).toBe(kind);
  });

  it('is unclear when the connection to the function breaks', async () => {
    const ask = () => Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));

    expect((await sendThrough({ ask })(POST)).end).toEqual({ kind: 'answerCut' });
  });
});
