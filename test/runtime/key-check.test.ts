import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccessKeys, OpenKey } from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import { KeyCheck } from '../../src/runtime/key-check.ts';
import { openLocalKeys, openOperatorKey } from '../../src/runtime/local-keys.ts';
import { signatureHeaders } from '../../src/runtime/signature.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { openEmbeddedDatabase } from '../../src/stores/embedded/database.ts';

let directory: string;
let keys: AccessKeys;
let operator: OpenKey;
let close: () => Promise<void>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rewindmq-check-'));
  const database = await openEmbeddedDatabase({ directory, clock: systemClock });
  close = () => database.close();
  keys = await openLocalKeys(directory, database.catalog);
  operator = await openOperatorKey(directory);
});
afterAll(async () => {
  await close();
  await rm(directory, { recursive: true });
});

/** A call signed now, as seen by a server whose clock is `aheadMs` ahead. */
async function checked(aheadMs: number, { service = 'sqs', id = operator.key.id } = {}) {
  const request = { method: 'POST', path: '/', query: '', headers: { host: 'q' }, body: '{}', service, region: 'x' };
  const headers = await signatureHeaders(request, { id, secret: operator.secret });
  const clock = { ...systemClock, nowMs: () => (systemClock.nowMs() + aheadMs) as EpochMs };
  const event = {
    routeKey: '$default',
    rawPath: '/',
    rawQueryString: '',
    headers,
    body: '{}',
    requestContext: { requestId: 'r', http: { method: 'POST' } },
  };
  return await new KeyCheck(keys, clock).check(event, 'sqs');
}

describe('the check of keys', () => {
  it('takes a call within 15 minutes of its date, and no other', async () => {
    const minutes = 60_000;

    const taken = [await checked(0), await checked(14 * minutes), await checked(-14 * minutes)];
    const refused = [await checked(16 * minutes), await checked(-16 * minutes)];

    expect(taken).toEqual([operator.key, operator.key, operator.key]);
    expect(refused).toEqual(['outdated', 'outdated']);
  });

  it('refuses a signature for another service and a key that is not there', async () => {
    expect(await checked(0, { service: 'dynamodb' })).toBe('wrongScope');
    expect(await checked(0, { id: 'RMQ_NOBODY' })).toBe('unknownKey');
  });
});
