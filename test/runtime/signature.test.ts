import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSignedWith, readSignature, type SignedRequest } from '../../src/runtime/signature.ts';

const SECRET = 'secret-of-the-key';
const DATE = '20261122T120000Z';
const CREDENTIAL = 'RMQKEY/20261122/eu-west-1/sqs/aws4_request';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** Signature Version 4 by its specification, written out for the requests of this file. */
function signatureOf(canonicalRequest: string): string {
  const scope = CREDENTIAL.slice(CREDENTIAL.indexOf('/') + 1);
  const text = ['AWS4-HMAC-SHA256', DATE, scope, sha256(canonicalRequest)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>((before, part) => hmac(before, part), `AWS4${SECRET}`);
  return hmac(key, text).toString('hex');
}

/** A request signed in its header. */
function givenSigned(body = '{"a":1}'): SignedRequest {
  const headers = { host: 'q.example.com', 'x-amz-date': DATE };
  const canonical = [
    'POST',
    '/',
    '',
    `host:${headers.host}`,
    `x-amz-date:${DATE}`,
    '',
    'host;x-amz-date',
    sha256(body),
  ];
  const signature = signatureOf(canonical.join('\n'));
  const fields = [`Credential=${CREDENTIAL}`, 'SignedHeaders=host;x-amz-date', `Signature=${signature}`];
  const authorization = `AWS4-HMAC-SHA256 ${fields.join(', ')}`;
  return { method: 'POST', path: '/', query: '', headers: { ...headers, authorization }, body };
}

/** A URL signed as a whole. */
function givenPresigned(): SignedRequest {
  const host = 'q.example.com';
  const query = [
    'Action=ReceiveMessage',
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    `X-Amz-Credential=${encodeURIComponent(CREDENTIAL)}`,
    `X-Amz-Date=${DATE}`,
    'X-Amz-Expires=600',
    'X-Amz-SignedHeaders=host',
  ].join('&');
  const canonical = ['GET', '/000000000000/orders', query, `host:${host}`, '', 'host', sha256('')].join('\n');
  const signed = `${query}&X-Amz-Signature=${signatureOf(canonical)}`;
  return { method: 'GET', path: '/000000000000/orders', query: signed, headers: { host }, body: '' };
}

/** A request of curl before 8.3, which signs its query in the order in which it is written. */
function givenQuery(signed: string, sent = signed): SignedRequest {
  const headers = { host: 'q.example.com', 'x-amz-date': DATE };
  const canonical = ['GET', '/queues/orders/messages', signed, `host:${headers.host}`, `x-amz-date:${DATE}`, ''];
  const signature = signatureOf([...canonical, 'host;x-amz-date', sha256('')].join('\n'));
  const fields = [`Credential=${CREDENTIAL}`, 'SignedHeaders=host;x-amz-date', `Signature=${signature}`];
  const authorization = `AWS4-HMAC-SHA256 ${fields.join(', ')}`;
  return {
    method: 'GET',
    path: '/queues/orders/messages',
    query: sent,
    headers: { ...headers, authorization },
    body: '',
  };
}

async function isTaken(request: SignedRequest, secret = SECRET): Promise<boolean> {
  const claim = readSignature(request);
  return typeof claim !== 'string' && (await isSignedWith(request, claim, secret));
}

describe('a signature', () => {
  it('is taken of a query in the order of its names and as it is written, and of no other', async () => {
    expect(await isTaken(givenQuery('limit=20&state=ready', 'state=ready&limit=20'))).toBe(true);
    expect(await isTaken(givenQuery('state=ready&limit=20'))).toBe(true);
    expect(await isTaken(givenQuery('state=ready&limit=20', 'state=ready&limit=21'))).toBe(false);
  });

  it('is read with its key, date and scope', () => {
    const claim = readSignature(givenSigned());

    expect(claim).toMatchObject({
      keyId: 'RMQKEY',
      atMs: Date.UTC(2026, 10, 22, 12),
      region: 'eu-west-1',
      service: 'sqs',
      signedHeaders: ['host', 'x-amz-date'],
    });
  });

  it('holds for the request it was made for, in the header and in a URL', async () => {
    expect(await isTaken(givenSigned())).toBe(true);
    expect(await isTaken(givenPresigned())).toBe(true);
  });

  it('does not hold for another body, path, query, header, method or secret', async () => {
    const signed = givenSigned();
    const presigned = givenPresigned();

    const taken = await Promise.all([
      isTaken({ ...signed, body: '{"a":2}' }),
      isTaken({ ...signed, path: '/other' }),
      isTaken({ ...signed, query: 'a=b' }),
      isTaken({ ...signed, method: 'PUT' }),
      isTaken({ ...signed, headers: { ...signed.headers, host: 'elsewhere' } }),
      isTaken({ ...signed, headers: { ...signed.headers, 'x-amz-date': '20261122T120001Z' } }),
      isTaken(signed, 'another-secret'),
      isTaken({ ...presigned, query: presigned.query.replace('ReceiveMessage', 'PurgeQueue') }),
      isTaken({ ...presigned, query: presigned.query.replace('Expires=600', 'Expires=601') }),
      isTaken({ ...presigned, path: '/000000000000/others' }),
    ]);

    expect(taken).toEqual(taken.map(() => false));
  });

  it('does not hold, and meets no bug, when a character of it was changed', async () => {
    const signed = givenSigned();
    const { authorization = '' } = signed.headers;
    // The signature does not cover the key's identity: the key is looked up.
    const start = authorization.indexOf('RMQKEY') + 'RMQKEY'.length;
    const place = fc.integer({ min: start, max: authorization.length - 1 });
    await fc.assert(
      fc.asyncProperty(place, fc.constantFrom('q', '0', ';', '/', '=', '\u0000', 'ü'), async (at, other) => {
        fc.pre(authorization[at] !== other);
        const changed = authorization.slice(0, at) + other + authorization.slice(at + 1);

        expect(await isTaken({ ...signed, headers: { ...signed.headers, authorization: changed } })).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('does not hold when the header that tells the hash of the body lies', async () => {
    const signed = givenSigned();
    const headers = { ...signed.headers, 'x-amz-content-sha256': sha256('{"a":1}') };

    expect(await isTaken({ ...signed, headers })).toBe(true);
    expect(await isTaken({ ...signed, headers, body: '{"a":2}' })).toBe(false);
    expect(await isTaken({ ...signed, headers: { ...headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } })).toBe(
      false,
    );
  });

  it('does not hold when the name of the call is not signed', async () => {
    const signed = givenSigned();

    expect(await isTaken({ ...signed, headers: { ...signed.headers, 'x-amz-target': 'AmazonSQS.PurgeQueue' } })).toBe(
      false,
    );
  });

  it('is missing or incomplete where it cannot be read', () => {
    const signed = givenSigned();
    const withHeader = (authorization: string) =>
      readSignature({ ...signed, headers: { ...signed.headers, authorization } });
    const { authorization = '' } = signed.headers;

    const outcomes = [
      readSignature({ ...signed, headers: {} }),
      withHeader('Basic abc'),
      withHeader('AWS4-HMAC-SHA256 '),
      withHeader(authorization.replace('aws4_request', 'aws5_request')),
      withHeader(authorization.replace('20261122/', '20261121/')),
      withHeader(authorization.replace('host;', '')),
      withHeader(authorization.replace(/Signature=\w+/, 'Signature=00')),
      readSignature({ ...givenPresigned(), query: givenPresigned().query.replace('Expires=600', 'Expires=604801') }),
    ];

    expect(outcomes).toEqual(['missing', ...outcomes.slice(1).map(() => 'incomplete')]);
  });
});
