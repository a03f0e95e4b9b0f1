import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SignedHttp } from '../../src/runtime/lambda-http.ts';
import { DecryptCommand, EncryptCommand, KMSClient } from '../../src/runtime/lambda-kms.ts';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '../../src/runtime/lambda-s3.ts';
import { isSignedWith, readSignature } from '../../src/runtime/signature.ts';

const SECRET = 'the secret of the function';
const CONFIG = { maxAttempts: 3, requestHandler: {} };

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A service's answer: a status and a body, or a closed connection. */
type Scripted = readonly [status: number, body?: string | Buffer] | 'hangsUp';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
  vi.unstubAllEnvs();
});
beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'KEYOFTHEFUNCTION');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET);
});

/** A service with scripted answers, one a request, and a client's world that notes its pauses. */
async function givenService(...script: Scripted[]) {
  const asked: Asked[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    asked.push({ method: request.method ?? '', path, query, headers: request.headers, body: await buffer(request) });
    const next = script.shift() ?? [500];
    if (next === 'hangsUp') response.destroy();
    else response.writeHead(next[0], { connection: 'close' }).end(next[1]);
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const service of ['S3', 'KMS']) vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, url);
  const pauses: number[] = [];
  const world = {
    clock: { sleep: async (ms: number) => void pauses.push(ms) },
    random: { next: () => 0.5 },
  };
  return { asked, url: new URL(url), world, pauses };
}

async function isSigned(asked: Asked | undefined, service: string): Promise<boolean> {
  if (asked === undefined) return false;
  const request = { ...asked, headers: asked.headers as Record<string, string> };
  const claim = readSignature(request);
  return typeof claim !== 'string' && claim.service === service && (await isSignedWith(request, claim, SECRET));
}

describe('signed requests of a function', () => {
  const GET = { method: 'GET', path: '/one' } as const;

  it('carry a signature over path, query and body', async () => {
    const { asked, url, world } = await givenService([200, 'answer']);
    const http = new SignedHttp('lambda', CONFIG, world);

    const answer = await http.exchange(url, { method: 'POST', path: '/one', query: { b: '2', a: '1' }, body: 'sent' });

    expect(answer).toMatchObject({ status: 200, body: Buffer.from('answer') });
    expect(asked).toMatchObject([{ method: 'POST', path: '/one', query: 'a=1&b=2', body: Buffer.from('sent') }]);
    expect(await isSigned(asked[0], 'lambda')).toBe(true);
  });

  it('are repeated after a failure of the service, after a random pause that doubles', async () => {
    const { asked, url, world, pauses } = await givenService([500], 'hangsUp', [200]);

    const answer = await new SignedHttp('s3', CONFIG, world).exchange(url, GET);

    expect(answer.status).toBe(200);
    expect(asked).toHaveLength(3);
    expect(pauses).toEqual([50, 100]);
  });

  it('end with what the last try met', async () => {
    const failing = await givenService([500], [500], [503, 'the last']);
    const silent = await givenService('hangsUp', 'hangsUp', 'hangsUp');

    const answer = await new SignedHttp('s3', CONFIG, failing.world).exchange(failing.url, GET);
    const unanswered = new SignedHttp('s3', CONFIG, silent.world).exchange(silent.url, GET);

    expect(answer).toMatchObject({ status: 503, body: Buffer.from('the last') });
    await expect(unanswered).rejects.toThrow();
    expect([failing.asked.length, silent.asked.length]).toEqual([3, 3]);
  });

  it('are made once where the client may try once, or where the service refuses', async () => {
    const failing = await givenService([500]);
    const refusing = await givenService([400]);

    await new SignedHttp('states', { ...CONFIG, maxAttempts: 1 }, failing.world).exchange(failing.url, GET);
    await new SignedHttp('states', CONFIG, refusing.world).exchange(refusing.url, GET);

    expect([failing.asked.length, refusing.asked.length]).toEqual([1, 1]);
    expect([...failing.pauses, ...refusing.pauses]).toEqual([]);
  });
});

describe("the functions' client of S3", () => {
  const ONE = { Bucket: 'archive', Key: 'payloads/one' };

  it('puts an object where nothing is, with its tags', async () => {
    const { asked, world } = await givenService([200]);

    const put = new PutObjectCommand({ ...ONE, Body: Buffer.from('bytes'), IfNoneMatch: '*', Tagging: 'expires=yes' });
    await new S3Client(CONFIG, world).send(put);

    expect(asked).toMatchObject([
      {
        method: 'PUT',
        path: '/archive/payloads/one',
        headers: { 'if-none-match': '*', 'x-amz-tagging': 'expires=yes', 'content-length': '5' },
        body: Buffer.from('bytes'),
      },
    ]);
    expect(await isSigned(asked[0], 's3')).toBe(true);
  });

  it('changes tags', async () => {
    const { asked, world } = await givenService([200]);

    const Tagging = { TagSet: [{ Key: 'expires', Value: 'no' }] };
    await new S3Client(CONFIG, world).send(new PutObjectTaggingCommand({ ...ONE, Tagging }));

    expect(asked).toMatchObject([{ method: 'PUT', query: 'tagging=' }]);
    expect(asked[0]?.body.toString()).toContain('<Tag><Key>expires</Key><Value>no</Value></Tag>');
    expect(asked[0]?.headers['content-md5']).toMatch(/^[\w+/]{22}==$/);
  });

  it('reads a range, and removes', async () => {
    const { asked, world } = await givenService([206, 'part'], [204]);
    const client = new S3Client(CONFIG, world);

    const read = await client.send(new GetObjectCommand({ ...ONE, Range: 'bytes=2-5' }));
    await client.send(new DeleteObjectCommand(ONE));

    expect(Buffer.from(await read.Body.transformToByteArray()).toString()).toBe('part');
    expect(asked).toMatchObject([{ method: 'GET', headers: { range: 'bytes=2-5' } }, { method: 'DELETE' }]);
  });

  it('lists a page', async () => {
    const page =
      '<ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>a/1</Key></Contents>' +
      '<Contents><Key>a/2</Key></Contents></ListBucketResult>';
    const { asked, world } = await givenService([200, page]);

    const list = new ListObjectsV2Command({ Bucket: 'archive', Prefix: 'a/', MaxKeys: 2, StartAfter: 'a/0' });
    const found = await new S3Client(CONFIG, world).send(list);

    expect(found).toEqual({ Contents: [{ Key: 'a/1' }, { Key: 'a/2' }], IsTruncated: true });
    expect(asked).toMatchObject([{ query: 'list-type=2&max-keys=2&prefix=a%2F&start-after=a%2F0' }]);
  });

  it('names a refusal as the SDK does', async () => {
    const { world } = await givenService([404, '<Error><Code>NoSuchKey</Code><Message>It is gone.</Message></Error>']);

    const read = new S3Client(CONFIG, world).send(new GetObjectCommand(ONE));

    await expect(read).rejects.toMatchObject({
      name: 'NoSuchKey',
      message: 'It is gone.',
      $metadata: { httpStatusCode: 404 },
    });
  });
});

describe("the functions' client of KMS", () => {
  const KEY = { KeyId: 'alias/secrets', EncryptionContext: { key: 'one' } };

  it('seals and opens', async () => {
    const { asked, world } = await givenService([200, '{"CiphertextBlob":"AQI="}'], [200, '{"Plaintext":"c2VjcmV0"}']);
    const client = new KMSClient(CONFIG, world);

    const sealed = await client.send(new EncryptCommand({ ...KEY, Plaintext: Buffer.from('secret') }));
    const opened = await client.send(new DecryptCommand({ ...KEY, CiphertextBlob: sealed.CiphertextBlob }));

    expect(Buffer.from(opened.Plaintext).toString()).toBe('secret');
    expect(asked.map(({ headers }) => headers['x-amz-target'])).toEqual([
      'TrentService.Encrypt',
      'TrentService.Decrypt',
    ]);
    expect(asked.map(({ body }) => JSON.parse(body.toString()) as object)).toEqual([
      { ...KEY, Plaintext: 'c2VjcmV0' },
      { ...KEY, CiphertextBlob: 'AQI=' },
    ]);
    expect(await isSigned(asked[1], 'kms')).toBe(true);
  });

  it('names a refusal as the SDK does', async () => {
    const { world } = await givenService([400, '{"__type":"com.amazonaws#InvalidCiphertextException"}']);

    const opened = new KMSClient(CONFIG, world).send(new DecryptCommand({ ...KEY, CiphertextBlob: Buffer.from('x') }));

    await expect(opened).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
  });
});
