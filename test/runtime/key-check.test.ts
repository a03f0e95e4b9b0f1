import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccessKeys, OpenKey } from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import type { HttpEvent } from '../../src/ports/http-event.ts';
import { KeyCheck } from '../../src/runtime/key-check.ts';
import { openLocalKeys, openOperatorKey } from '../../src/runtime/local-keys.ts';
import { Sha256 } from '../../src/runtime/sha256.ts';
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
  return await check({ headers, body: '{}', requestContext: { requestId: 'r', http: { method: 'POST' } } }, aheadMs);
}

/** A presigned call of now that is valid for so many seconds, as seen by such a server. */
async function checkedPresigned(expiresIn: number, aheadMs: number) {
  const signer = new SignatureV4({
    credentials: { accessKeyId: operator.key.id, secretAccessKey: operator.secret },
    region: 'x',
    service: 'sqs',
    sha256: Sha256,
    applyChecksum: false,
  });
  const request = { method: 'GET', protocol: 'http:', hostname: 'q', path: '/', headers: { host: 'q' }, body: '' };
  const { query = {} } = await signer.presign(request, { expiresIn });
  const rawQueryString = new URLSearchParams(query as Record<string, string>).toString();
  const requestContext = { requestId: 'r', http: { method: 'GET' } };
  return await check({ headers: request.headers, rawQueryString, requestContext }, aheadMs);
}

async function check(event: Partial<HttpEvent> & Pick<HttpEvent, 'headers' | 'requestContext'>, aheadMs: number) {
  const clock = { ...systemClock, nowMs: () => (systemClock.nowMs() + aheadMs) as EpochMs };
  const whole = { routeKey: '$default', rawPath: '/', rawQueryString: '', ...event };
  return await new KeyCheck(keys, clock).check(whole, 'sqs');
}

describe('the check of keys', () => {
  it('takes a call within 15 minutes of its date, and no other', async () => {
    const minutes = 60_000;

    const taken = [await checked(0), await checked(14 * minutes), await checked(-14 * minutes)];
    const refused = [await checked(16 * minutes), await checked(-16 * minutes)];

    expect(taken).toEqual([operator.key, operator.key, operator.key]);
    expect(refused).toEqual(['expired', 'notYet']);
  });

  it('takes a presigned call as long as it was signed for', async () => {
    const seconds = 1_000;

    const taken = [await checkedPresigned(60, 30 * seconds), await checkedPresigned(7_200, 3_600 * seconds)];
    const refused = [await checkedPresigned(60, 90 * seconds), await checkedPresigned(60, -16 * 60 * seconds)];

    expect(taken).toEqual([operator.key, operator.key]);
    expect(refused).toEqual(['expired', 'notYet']);
  });

  it('refuses a signature for another service and a key that is not there', async () => {
    expect(await checked(0, { service: 'dynamodb' })).toBe('wrongScope');
    expect(await checked(0, { id: 'RMQ_NOBODY' })).toBe('unknownKey');
  });
});
