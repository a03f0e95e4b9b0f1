import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import middy from '@middy/core';
import { expect, it, onTestFinished } from 'vitest';
import { IdleConnections } from '../../src/runtime/idle-connections.ts';
import { openDynamoClient } from '../../src/stores/dynamodb/client.ts';
import { DynamoShardStore } from '../../src/stores/dynamodb/dynamodb-shard-store.ts';
import { highestRandom, ManualClock } from '../stores/dynamodb/ports.ts';
import { freshKey, freshShard } from '../support/ids.ts';

/** A server in a thread of its own, which closes each connection soon after its first answer, and then reports that. */
const SERVER = `
  const { createServer } = require('node:http');
  const { parentPort, workerData: closed } = require('node:worker_threads');
  const server = createServer(({ socket }, answer) => {
    socket.once('close', () => { Atomics.store(closed, 0, 1); Atomics.notify(closed, 0); });
    answer.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'content-length': 2 });
    answer.end('{}', () => setTimeout(() => socket.destroy(), 50));
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

/** Two conditional removals, with a freeze between them in which the server closes the connection. */
async function removeTwice(pauseMs: number): Promise<string[]> {
  const closed = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(SERVER, { eval: true, workerData: closed });
  onTestFinished(async () => void (await worker.terminate()));
  const [port] = (await once(worker, 'message')) as [number];
  const clock = new ManualClock();
  const connections = new IdleConnections(clock);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const endpoint = `http://127.0.0.1:${port}`;
  const client = openDynamoClient({ region: 'us-east-1', credentials, endpoint }, connections.agents);
  onTestFinished(() => client.destroy());
  const store = new DynamoShardStore({ client, clock, random: highestRandom }, () => 'cell');
  const call = middy(async () => (await store.tryRemove(freshShard(), freshKey(0), {})).outcome).use(connections.layer);
  const first = await call({}, {} as never);
  // The connection becomes idle; then nothing in this process runs until the server has closed it.
  await turn();
  Atomics.wait(closed, 0, 0, 20_000);
  clock.advance(pauseMs);
  return [first, await call({}, {} as never)];
}

it('a conditional write over a connection that was closed in a freeze is unclear', async () => {
  expect(await removeTwice(0)).toEqual(['done', 'unclear']);
});

it('the first call after a pause opens a new connection, and its conditional write is done', async () => {
  expect(await removeTwice(10_001)).toEqual(['done', 'done']);
});
