import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../src/model/brand.ts';
import { signingSecret } from '../../src/model/push/index.ts';
import type { PushCall } from '../../src/ports/push-target.ts';
import { systemRandom } from '../../src/runtime/system-random.ts';
import { type HttpsPost, HttpsTarget } from '../../src/runtime/targets/index.ts';
import { OWNER, pushCall } from '../support/push-calls.ts';
import { documentedVerifier } from '../support/verifier.ts';

const KEY = signingSecret(systemRandom.text(40));
const NEXT_KEY = signingSecret(systemRandom.text(40));

/** What the endpoint gets while these keys sign. */
async function postSignedBy(keys: readonly string[], fields: Partial<PushCall> = {}): Promise<HttpsPost> {
  const posts: HttpsPost[] = [];
  const target = new HttpsTarget({
    owner: OWNER,
    clock: { nowMs: () => Date.now() as EpochMs },
    keysOf: async () => keys,
    send: async (post) => {
      posts.push(post);
      return { end: { kind: 'status', status: 200 } };
    },
  });
  await target.call(pushCall({ kind: 'https', url: 'https://example.com' }, ['ä "quoted" text'], fields));
  const [post] = posts;
  if (post === undefined) throw new Error('nothing was sent');
  return post;
}

describe('the verifier in docs/webhooks.md', () => {
  it.each(['sqs', 'raw'] as const)('accepts what is signed, in the format %s', async (format) => {
    const isSigned = await documentedVerifier();
    const { headers, body } = await postSignedBy([KEY], { format });

    expect(isSigned(headers, body, KEY)).toBe(true);
    expect(isSigned(headers, body, NEXT_KEY)).toBe(false);
    expect(isSigned(headers, `${body} `, KEY)).toBe(false);
    expect(isSigned({ ...headers, 'webhook-id': 'another' }, body, KEY)).toBe(false);
    expect(isSigned(headers, body, KEY, Date.now() + 600_000)).toBe(false);
  });

  it('accepts both keys while they are rotated, as the library of Standard Webhooks does', async () => {
    const isSigned = await documentedVerifier();
    const { headers, body } = await postSignedBy([KEY, NEXT_KEY], { format: 'raw' });

    for (const key of [KEY, NEXT_KEY]) {
      expect(isSigned(headers, body, key)).toBe(true);
      expect(() => new Webhook(key).verify(body, { ...headers }, { jsonParse: false })).not.toThrow();
    }
  });
});
