import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueueService } from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import { type Change, sequence } from '../../src/model/change.ts';
import { newDelivery } from '../../src/model/delivery.ts';
import { QueueError } from '../../src/model/errors.ts';
import { type DeliveryId, deliveryKey, type ShardKey } from '../../src/model/ids.ts';
import { Background, type Feed } from '../../src/runtime/background.ts';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import { replaced } from '../simulation/replaced.ts';
import { keptLog } from '../support/logs.ts';

let runtime: LocalRuntime;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rewindmq-background-'));
  runtime = await openLocalRuntime({ directory, port: 0 });
});
afterAll(async () => {
  await runtime.close();
  await rm(directory, { recursive: true });
});

const CHANGE: Change = {
  shard: 'queue-id-0-----' as ShardKey,
  sequence: sequence('1'),
  atMs: 1 as EpochMs,
  after: newDelivery(deliveryKey(1 as EpochMs, 'delivery' as DeliveryId), 0, { parts: [] }),
};

/** A batch that never succeeds must end the test, not stall the machine. */
const READS_MAX = 10;

/** A feed with one batch, repeated until it is acknowledged. */
function givenFeed() {
  let end = () => {};
  const ended = new Promise<undefined>((resolve) => (end = () => resolve(undefined)));
  let acknowledge = (_upTo: number) => {};
  const acknowledged = new Promise<number>((resolve) => (acknowledge = resolve));
  let reads = 0;
  let isOver = false;
  const feed: Feed = {
    read: () => (isOver || reads === READS_MAX ? ended : Promise.resolve({ changes: [CHANGE], upTo: ++reads })),
    acknowledge: (upTo) => {
      isOver = true;
      acknowledge(upTo);
    },
    close: () => end(),
  };
  return { feed, acknowledged };
}

/** The service, whose ledger fails this often to note a barrier, and whose clock sleeps for no time. */
function failingService(failures: number): QueueService {
  const { ledger: working, clock } = runtime.service;
  let left = failures;
  const addPassage: QueueService['ledger']['addPassage'] = async (passage) => {
    if (left-- > 0) throw new QueueError('Unavailable', 'no answer');
    await working.addPassage(passage);
  };
  const ledger = replaced(working, { addPassage });
  return { ...runtime.service, ledger, clock: { nowMs: () => clock.nowMs(), sleep: () => Promise.resolve() } };
}

describe('the background', () => {
  it('gives a batch that failed again, and acknowledges it once it is done', async () => {
    const { feed, acknowledged } = givenFeed();
    const log = keptLog();

    const background = new Background(failingService(2), feed, log);

    expect(await acknowledged).toBe(3);
    expect(log.lines.map(({ event }) => event)).toEqual(['archiveFailed', 'archiveFailed']);
    await background.close();
  });

  it('reads the feed again after a read that failed', async () => {
    const { feed, acknowledged } = givenFeed();
    const log = keptLog();
    const failures = [new Error('cannot be read')];
    const read: Feed['read'] = async () => {
      const failure = failures.pop();
      if (failure !== undefined) throw failure;
      return await feed.read();
    };

    const background = new Background(failingService(0), replaced(feed, { read }), log);

    expect(await acknowledged).toBe(1);
    expect(log.lines.map(({ event }) => event)).toEqual(['archiveFailed']);
    await background.close();
  });

  it('ends when it is told to', async () => {
    const { feed, acknowledged } = givenFeed();
    const log = keptLog();
    const background = new Background(runtime.service, feed, log);
    await acknowledged;

    await background.close();

    expect(log.lines).toEqual([]);
  });
});
