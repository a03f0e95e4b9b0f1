import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openDynamoClient } from '../../../src/stores/dynamodb/client.ts';
import { DynamoShardStore } from '../../../src/stores/dynamodb/dynamodb-shard-store.ts';
import { freshKey, freshShard } from '../../support/ids.ts';
import { highestRandom, ManualClock } from './ports.ts';

const AWS = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

/** The outcome of one conditional removal against a server with this answer, and how often it was asked. */
async function removeFrom(answer: RequestListener): Promise<{ outcome: string; requests: number }> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = openDynamoClient({ ...AWS, endpoint: `http://127.0.0.1:${port}` });
  const store = new DynamoShardStore({ client, clock: new ManualClock(), random: highestRandom }, () => 'cell');
  try {
    const { outcome } = await store.tryRemove(freshShard(), freshKey(0), {});
    return { outcome, requests };
  } finally {
    client.destroy();
    server.closeAllConnections();
    server.close();
  }
}

const failure = (status: number, type: string): RequestListener => {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'no' }));
  };
};

describe('the client of the DynamoDB stores', () => {
  it('waits three seconds for an answer, waiting for a connection included', async () => {
    const { requestHandler } = openDynamoClient(AWS).config;
    // The handler fixes its settings at its first request.
    await requestHandler.handle({} as never).catch(() => {});

    expect((requestHandler as unknown as { httpHandlerConfigs(): object }).httpHandlerConfigs()).toMatchObject({
      connectionTimeout: undefined,
      requestTimeout: 3_000,
      throwOnRequestTimeout: true,
    });
  });

  it('does not repeat by itself what failed in the server, however it failed', async () => {
    expect(await removeFrom(failure(500, 'InternalServerError'))).toEqual({ outcome: 'unclear', requests: 1 });
    expect(await removeFrom(failure(503, 'ServiceUnavailable'))).toEqual({ outcome: 'unclear', requests: 1 });
    expect(await removeFrom(({ socket }) => socket.destroy())).toEqual({ outcome: 'unclear', requests: 1 });
    expect(await removeFrom((_, response) => response.writeHead(502).end('<html>'))).toEqual({
      outcome: 'unclear',
      requests: 1,
    });
  });

  it('leaves throttles to the store, which tries five times', async () => {
    const throttled = failure(400, 'ProvisionedThroughputExceededException');

    expect(await removeFrom(throttled)).toEqual({ outcome: 'throttled', requests: 5 });
  });

  it('takes a half answer for none', async () => {
    const half: RequestListener = ({ socket }, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{', () => socket.destroy());
    };

    expect(await removeFrom(half)).toEqual({ outcome: 'unclear', requests: 1 });
  });
});
