import { describe, expect, it } from 'vitest';
import type { QueueId } from '../../src/model/ids.ts';
import type { PushDestination } from '../../src/model/push/index.ts';
import { AllowedTargets, AwsTargets } from '../../src/runtime/aws-targets.ts';

const FUNCTION = 'arn:aws:lambda:eu-west-1:123456789012:function:orders';
const QUEUE = 'https://sqs.eu-west-1.amazonaws.com/123456789012/billing';
const SETTING = `orders*=${FUNCTION},billing=${QUEUE},*=https://hooks.example.com`;
const OWNER = { region: 'eu-west-1', account: '123456789012' };

const lambda = (arn: string): PushDestination => ({ kind: 'lambda', arn });
const https = (url: string): PushDestination => ({ kind: 'https', url });

describe('the setting `targets`', () => {
  it.each<[string, PushDestination]>([
    ['orders', lambda(FUNCTION)],
    ['orders-eu', lambda(FUNCTION)],
    ['billing', { kind: 'sqs', url: QUEUE }],
    ['anything', https('https://hooks.example.com/some/path?x=1')],
  ])('lets %s push to %j', (queueName, to) => {
    expect(new AllowedTargets(SETTING).refusal(queueName, to)).toBeUndefined();
  });

  it.each<[string, PushDestination, RegExp]>([
    ['billing', lambda(FUNCTION), /^to\.lambda is not what the setting "targets" .* names for the queue "billing"$/],
    ['orders', lambda(`${FUNCTION}-2`), /^to\.lambda is not what/],
    ['orders', lambda(`${FUNCTION}:live`), /^to\.lambda is not what/],
    ['orders', { kind: 'sqs', url: QUEUE }, /^to\.sqs is not what/],
    ['billing', { kind: 'sqs', url: `${QUEUE}.fifo` }, /^to\.sqs must not name a FIFO queue/],
    ['orders', https('https://other.example.com/'), /^to\.https is not what/],
    ['orders', https('https://hooks.example.com.evil.example/'), /^to\.https is not what/],
    ['orders', https('https://hooks.example.com:8443/'), /^to\.https must have port 443/],
    ['orders', https('http://hooks.example.com/'), /^to\.https must begin with https/],
    ['orders', https('https://me@hooks.example.com/'), /^to\.https must not contain a user name/],
    ['orders', { kind: 'file', path: 'a.mjs', handler: 'handler' }, /^to\.lambda names a file/],
  ])('refuses %s %j, in a sentence', (queueName, to, words) => {
    expect(new AllowedTargets(SETTING).refusal(queueName, to)).toMatch(words);
  });

  it('is checked again at each call', async () => {
    const posts: unknown[] = [];
    const send = async (post: unknown) => {
      posts.push(post);
      return { end: { kind: 'status', status: 200 } } as const;
    };
    const targets = new AwsTargets(new AllowedTargets(SETTING), { owner: OWNER, keysOf: async () => [], send });
    const queueId = 'queue00001' as QueueId;
    const call = { queueId, queueName: 'orders', format: 'raw', messages: [], timeoutMs: 1_000 } as const;

    const refused = await targets.call({ ...call, to: https('https://other.example.com/') });
    const taken = await targets.call({ ...call, to: https('https://hooks.example.com/') });

    expect(refused.end).toEqual({ kind: 'addressRefused' });
    expect(taken.end).toEqual({ kind: 'status', status: 200 });
    expect(posts).toHaveLength(1);
  });
});
