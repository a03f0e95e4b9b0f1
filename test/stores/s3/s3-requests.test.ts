import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { QueueError } from '../../../src/model/errors.ts';
import { S3ObjectStore } from '../../../src/stores/s3/s3-object-store.ts';
import { bytes } from '../../support/deliveries.ts';

// Mocks one client and not the class, which other files of the same process use.
const mocked = new S3Client({ region: 'us-east-1' });
const client = mockClient(mocked);
const store = new S3ObjectStore({ client: mocked, bucket: 'archive', prefix: 'stage/' });

const refusal = (name: string, httpStatusCode: number): S3ServiceException =>
  new S3ServiceException({ name, $fault: 'client', $metadata: { httpStatusCode } });

beforeEach(() => {
  client.reset();
});

describe('S3 object store', () => {
  describe('putting', () => {
    it('asks S3 to store only where nothing is', async () => {
      client.on(PutObjectCommand).resolves({});

      const outcome = await store.putIfAbsent('hour/one', bytes('content'));

      expect(outcome).toBe('stored');
      expect(client.commandCalls(PutObjectCommand).map((call) => call.args[0].input)).toEqual([
        { Bucket: 'archive', Key: 'stage/hour/one', Body: bytes('content'), IfNoneMatch: '*' },
      ]);
    });

    it('tags what may expire, for the rules of the bucket', async () => {
      client.on(PutObjectCommand).resolves({});

      await store.putIfAbsent('hour/one', bytes('content'), { canExpire: true });

      expect(client.commandCalls(PutObjectCommand).map((call) => call.args[0].input.Tagging)).toEqual(['expires=yes']);
    });

    // The S3 doubles of the fast tests overwrite, so the refusal is built by hand.
    it('takes a failed condition for an object that exists', async () => {
      client.on(PutObjectCommand).rejects(refusal('PreconditionFailed', 412));

      expect(await store.putIfAbsent('one', bytes('1'))).toBe('exists');
    });

    it('tries again when it met another writer, until S3 says what became of it', async () => {
      client
        .on(PutObjectCommand)
        .rejectsOnce(refusal('ConditionalRequestConflict', 409))
        .rejectsOnce(refusal('ConditionalRequestConflict', 409))
        .rejectsOnce(refusal('PreconditionFailed', 412));

      expect(await store.putIfAbsent('one', bytes('1'))).toBe('exists');
    });

    it('never takes a meeting for an object that exists', async () => {
      client.on(PutObjectCommand).rejects(refusal('ConditionalRequestConflict', 409));

      await expect(store.putIfAbsent('one', bytes('1'))).rejects.toMatchObject({ code: 'Unavailable' });
      expect(client.commandCalls(PutObjectCommand)).toHaveLength(3);
    });
  });

  describe('reading', () => {
    it('asks for the whole object', async () => {
      client.on(GetObjectCommand).rejects(refusal('NoSuchKey', 404));

      expect(await store.get('hour/one')).toBeUndefined();
      expect(client.commandCalls(GetObjectCommand).map((call) => call.args[0].input)).toEqual([
        { Bucket: 'archive', Key: 'stage/hour/one' },
      ]);
    });

    it('asks for a range by its first and last byte', async () => {
      client.on(GetObjectCommand).rejects(refusal('InvalidRange', 416));

      expect(await store.get('hour/one', { offset: 100, length: 50 })).toEqual(new Uint8Array());
      expect(client.commandCalls(GetObjectCommand)[0]?.args[0].input.Range).toBe('bytes=100-149');
    });

    it('refuses an empty range, which S3 would answer with the whole object', async () => {
      await expect(store.get('hour/one', { offset: 100, length: 0 })).rejects.toThrow('are a range');
      expect(client.calls()).toHaveLength(0);
    });

    it('does not take a missing bucket for a missing object', async () => {
      client.on(GetObjectCommand).rejects(refusal('NoSuchBucket', 404));

      await expect(store.get('one')).rejects.toMatchObject({ code: 'Unavailable' });
    });
  });

  describe('keeping', () => {
    it('changes the tag that the rules of the bucket go by', async () => {
      client.on(PutObjectTaggingCommand).resolves({});

      await store.keep('hour/one');

      const Tagging = { TagSet: [{ Key: 'expires', Value: 'no' }] };
      expect(client.commandCalls(PutObjectTaggingCommand).map((call) => call.args[0].input)).toEqual([
        { Bucket: 'archive', Key: 'stage/hour/one', Tagging },
      ]);
    });

    it('says nothing of what is gone, and does not take another refusal for that', async () => {
      client.on(PutObjectTaggingCommand).rejectsOnce(refusal('NoSuchKey', 404)).rejects(refusal('SlowDown', 503));

      await store.keep('hour/one');
      await expect(store.keep('hour/one')).rejects.toMatchObject({ code: 'Throttled' });
    });
  });

  it('removes by name', async () => {
    client.on(DeleteObjectCommand).resolves({});

    await store.remove('hour/one');

    expect(client.commandCalls(DeleteObjectCommand).map((call) => call.args[0].input)).toEqual([
      { Bucket: 'archive', Key: 'stage/hour/one' },
    ]);
  });

  describe('listing', () => {
    it('asks for one page of what is below the prefix and after a name', async () => {
      client.on(ListObjectsV2Command).resolves({ Contents: [{ Key: 'stage/hour/two' }], IsTruncated: true });

      const names = await store.list('hour/', { after: 'hour/one', limit: 1 });

      expect(names).toEqual(['hour/two']);
      expect(client.commandCalls(ListObjectsV2Command).map((call) => call.args[0].input)).toEqual([
        { Bucket: 'archive', Prefix: 'stage/hour/', MaxKeys: 1, StartAfter: 'stage/hour/one' },
      ]);
    });

    it('continues where S3 answered less than was requested', async () => {
      client
        .on(ListObjectsV2Command)
        .resolvesOnce({ Contents: [{ Key: 'stage/a' }, { Key: 'stage/b' }], IsTruncated: true })
        .resolvesOnce({ Contents: [{ Key: 'stage/c' }], IsTruncated: false });

      const names = await store.list('', { limit: 10 });

      expect(names).toEqual(['a', 'b', 'c']);
      expect(client.commandCalls(ListObjectsV2Command).map((call) => call.args[0].input)).toEqual([
        { Bucket: 'archive', Prefix: 'stage/', MaxKeys: 10 },
        { Bucket: 'archive', Prefix: 'stage/', MaxKeys: 8, StartAfter: 'stage/b' },
      ]);
    });
  });

  describe('refusals', () => {
    const steps = {
      put: () => store.putIfAbsent('one', bytes('1')),
      get: () => store.get('one'),
      remove: () => store.remove('one'),
      list: () => store.list('', { limit: 1 }),
    };

    it.each(Object.entries(steps))('says on %s that S3 asked to slow down', async (_, step) => {
      const cause = refusal('SlowDown', 503);
      client.onAnyCommand().rejects(cause);

      const refused = await step().catch((error: unknown) => error);

      expect(refused).toBeInstanceOf(QueueError);
      expect(refused).toMatchObject({ code: 'Throttled', cause });
    });

    it.each(Object.entries(steps))('says on %s that S3 did not answer', async (_, step) => {
      const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
      client.onAnyCommand().rejects(cause);

      const refused = await step().catch((error: unknown) => error);

      expect(refused).toBeInstanceOf(QueueError);
      expect(refused).toMatchObject({ code: 'Unavailable', cause });
    });
  });
});
