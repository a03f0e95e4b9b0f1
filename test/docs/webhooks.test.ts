import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../src/model/brand.ts';
import type { PushCall } from '../../src/ports/push-target.ts';
import { type HttpsPost, HttpsTarget, isSigningKey } from '../../src/runtime/targets/index.ts';
import { OWNER, pushCall } from '../support/push-calls.ts';

type IsSigned = (headers: HttpsPost['headers'], body: string, key: string, nowMs?: number) => boolean;

const DOCUMENT = join(import.meta.dirname, '../../docs/webhooks.md');
const KEY = `whsec_${Buffer.from('a key of 24 bytes or more').toString('base64')}`;
const NEXT_KEY = `whsec_${Buffer.from('another key of that length').toString('base64')}`;

/** The verifier in the document. */
async function verifier(): Promise<IsSigned> {
  const [, snippet = ''] = /```js\n([^]*?)```/.exec(await readFile(DOCUMENT, 'utf8')) ?? [];
  const module = (await import(`data:text/javascript,${encodeURIComponent(snippet)}`)) as { isSigned: IsSigned };
  return module.isSigned;
}

/** What the endpoint gets while these keys sign. */
async function postSignedBy(keys: readonly string[], fields: Partial<PushCall> = {}): Promise<HttpsPost> {
  const posts: HttpsPost[] = [];
  const target = new HttpsTarget({
    owner: OWNER,
    clock: { nowMs: () => Date.now() as EpochMs },
    keys,
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
    const isSigned = await verifier();
    const { headers, body } = await postSignedBy([KEY], { format });

    expect(isSigned(headers, body, KEY)).toBe(true);
    expect(isSigned(headers, body, NEXT_KEY)).toBe(false);
    expect(isSigned(headers, `${body} `, KEY)).toBe(false);
    expect(isSigned({ ...headers, 'webhook-id': 'another' }, body, KEY)).toBe(false);
    expect(isSigned(headers, body, KEY, Date.now() + 600_000)).toBe(false);
  });

  it('accepts both keys while they are rotated, as the library of Standard Webhooks does', async () => {
    const isSigned = await verifier();
    const { headers, body } = await postSignedBy([KEY, NEXT_KEY], { format: 'raw' });

    for (const key of [KEY, NEXT_KEY]) {
      expect(isSigningKey(key)).toBe(true);
      expect(isSigned(headers, body, key)).toBe(true);
      expect(() => new Webhook(key).verify(body, { ...headers }, { jsonParse: false })).not.toThrow();
    }
  });
});
