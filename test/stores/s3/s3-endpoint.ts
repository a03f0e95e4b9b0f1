import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { S3ObjectStore } from '../../../src/stores/s3/s3-object-store.ts';
import type { OpenObjectStore } from '../../contracts/object-store.ts';

/** An object store in a bucket of its own, below a prefix, on any S3 server at `endpoint`. */
export async function openS3(endpoint: string): Promise<OpenObjectStore> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true });
  const bucket = `rewindmq-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    store: new S3ObjectStore({ client, bucket, prefix: 'stage/' }),
    close: async () => client.destroy(),
  };
}
