import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DeliveryKey, ShardKey } from '../../src/model/ids.ts';
import { METRICS, METRICS_NAMESPACE, STAGE_DIMENSION } from '../../src/runtime/env.ts';
import { openTelemetry, type Telemetry } from '../../src/runtime/telemetry.ts';

const CONTEXT = { functionName: 'rest-send', awsRequestId: 'call-1' } as Context;

afterEach(() => {
  vi.restoreAllMocks();
});

/** The output of a function during one call that does `work`; each line is JSON. */
async function linesOf(work: (telemetry: Telemetry) => void): Promise<Record<string, unknown>[]> {
  const written: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  }
  const telemetry = openTelemetry('test');
  const handler = middy(() => work(telemetry)).use([...telemetry.layers]);
  await Promise.resolve(handler({}, CONTEXT)).catch(() => undefined);
  vi.restoreAllMocks();
  const lines = written.flatMap((text) => text.split('\n')).filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('what a function tells', () => {
  it('is nothing while all is well', async () => {
    expect(await linesOf(() => {})).toEqual([]);
  });

  it('is what was counted in a call, once, when the call ends', async () => {
    const lines = await linesOf((telemetry) => {
      telemetry.count(METRICS.sent, 2);
      telemetry.count(METRICS.sent, 3);
      telemetry.measureSeconds(METRICS.oldestReadySeconds, 1.5);
    });

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      _aws: { CloudWatchMetrics: [{ Namespace: METRICS_NAMESPACE, Dimensions: [[STAGE_DIMENSION]] }] },
      [STAGE_DIMENSION]: 'test',
      [METRICS.sent]: [2, 3],
      [METRICS.oldestReadySeconds]: 1.5,
    });
  });

  it('is what was counted even where the call fails', async () => {
    const lines = await linesOf((telemetry) => {
      telemetry.count(METRICS.deleted, 1);
      throw new Error('the call fails');
    });

    expect(lines).toMatchObject([{ [METRICS.deleted]: 1 }]);
  });

  it('is a line and a count for each call that met a bug', async () => {
    const lines = await linesOf(({ log }) => {
      log.error('callFailed', new Error('a bug'), { requestId: 'request' });
    });

    expect(lines).toMatchObject([
      { level: 'ERROR', message: 'callFailed', requestId: 'request', error: { message: 'a bug' } },
      { [METRICS.failedCalls]: 1 },
    ]);
  });

  it('is no metric of which there is nothing: each costs for every hour that has a value', async () => {
    const lines = await linesOf((telemetry) => {
      telemetry.count(METRICS.sent, 0);
      telemetry.measureSeconds(METRICS.oldestReadySeconds, 0);
    });

    expect(lines).toEqual([]);
  });

  it('tells of a throttled call that fails, and of no call before it', async () => {
    const lines = await linesOf(({ observer }) => {
      observer.onThrottle?.({ table: 'cell', shard: undefined, reason: 'Unprocessed' });
      throw new Error('the call fails');
    });

    expect(lines).toMatchObject([{ message: 'storeThrottled', count: 1 }, { [METRICS.throttles]: 1 }]);
  });

  it('is one line and one count for each call that storage turned away, under the id of our call', async () => {
    const lines = await linesOf(({ observer }) => {
      const shard = 'shard' as ShardKey;
      for (let item = 0; item < 250; item++) observer.onThrottle?.({ table: 'cell', shard, reason: 'Unprocessed' });
      observer.onThrottle?.({ table: 'cell', shard, reason: 'TableWriteKeyRangeThroughputExceeded' });
    });

    expect(lines).toMatchObject([
      {
        level: 'WARN',
        message: 'storeThrottled',
        function_request_id: 'call-1',
        count: 251,
        most: [
          { table: 'cell', shard: 'shard', reason: 'Unprocessed', count: 250 },
          { table: 'cell', shard: 'shard', reason: 'TableWriteKeyRangeThroughputExceeded', count: 1 },
        ],
      },
      { [METRICS.throttles]: 251 },
    ]);
  });

  it('is a line and a count for each delivery that cannot be decoded', async () => {
    const lines = await linesOf(({ observer }) => {
      observer.onUnreadable?.('shard' as ShardKey, 'key' as DeliveryKey, 'no block');
    });

    expect(lines).toMatchObject([
      { level: 'ERROR', message: 'deliveryUnreadable', key: 'key', error: { message: 'no block' } },
      { [METRICS.unreadable]: 1 },
    ]);
  });
});
