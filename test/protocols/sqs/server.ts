import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll } from 'vitest';
import { type LocalRuntime, openLocalRuntime } from '../../../src/runtime/local.ts';

/** A server of its own for the tests of a file, and the AWS SDK as anyone would point it there. */
export function givenSqsServer(): { readonly runtime: LocalRuntime; readonly client: SQSClient } {
  let runtime: LocalRuntime | undefined;
  let client: SQSClient | undefined;
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rewindmq-sqs-'));
    runtime = await openLocalRuntime({ directory, port: 0, shardsPerQueue: 2 });
    client = new SQSClient({
      endpoint: runtime.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    });
  });
  afterAll(async () => {
    client?.destroy();
    await runtime?.close();
    await rm(directory, { recursive: true });
  });
  return {
    get runtime() {
      if (runtime === undefined) throw new Error('the server is there once tests run');
      return runtime;
    },
    get client() {
      if (client === undefined) throw new Error('the client is there once tests run');
      return client;
    },
  };
}
