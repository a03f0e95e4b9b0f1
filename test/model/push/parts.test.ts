import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../../src/model/brand.ts';
import {
  messagesForNextCall,
  type PushLease,
  type PushLimits,
  planEndPart,
  planPart,
  planTakeOver,
  runningCalls,
  shareOf,
} from '../../../src/model/push/index.ts';

const at = (ms: number) => ms as EpochMs;
const NOW = at(1_000_000);
const LATER = at(NOW + 15_000);

function awake(limits: PushLimits): PushLease {
  const lease = planTakeOver(undefined, { nowMs: NOW, untilMs: LATER, limits });
  if (lease === undefined) throw new Error('nobody else is awake');
  return lease;
}

const divide = (lease: PushLease | undefined, id: string, limits: PushLimits, shardCount = 100) =>
  planPart(lease, { epoch: 1, id, limits, shardCount, nowMs: NOW, untilMs: LATER });

describe('a part of a queue that pushes', () => {
  it('has calls and messages a second that the first dispatcher then has not', () => {
    const limits = { maxConcurrency: 100, perSecond: 1_000, batchSize: 10 };
    const divided = divide(awake(limits), 'one', limits) ?? awake(limits);

    expect(divided.slots).toEqual([{ id: 'one', untilMs: LATER, part: { calls: 5, perSecond: 50 } }]);
    expect(runningCalls(divided, NOW)).toBe(5);
    const left = { ...divided, budget: { tokens: 0, atMs: NOW } };
    const wide = { ...limits, batchSize: 1_000 };
    expect(messagesForNextCall(left, wide, at(NOW + 100))).toBe(95);
  });

  it('never has what is not left', () => {
    const limits = { maxConcurrency: 7, batchSize: 1 };
    let lease: PushLease | undefined = awake(limits);
    for (let part = 0; lease !== undefined && part < 50; part++) {
      expect(runningCalls(lease, NOW)).toBeLessThan(limits.maxConcurrency);
      lease = divide(lease, `${part}`, limits);
    }
    expect(lease).toBeUndefined();
  });

  it.each<[string, PushLimits, number]>([
    ['a batch would take more than a second', { maxConcurrency: 100, perSecond: 1_000, batchSize: 100 }, 100],
    ['only one call may run', { maxConcurrency: 1, batchSize: 1 }, 100],
    ['there is one shard', { maxConcurrency: 100, batchSize: 1 }, 1],
  ])('is none where %s', (_, limits, shardCount) => {
    expect(divide(awake(limits), 'one', limits, shardCount)).toBeUndefined();
  });

  it('leaves slots of calls of which nobody knows whether they go on', () => {
    const limits = { maxConcurrency: 10, batchSize: 1 };
    const divided = divide(awake(limits), 'one', limits) ?? awake(limits);
    const unclear = { id: 'call', untilMs: at(NOW + 60_000) };

    const ended = planEndPart(divided, {
      id: 'one',
      running: [unclear],
      limits,
      nowMs: NOW,
      filtered: 3,
      breaker: undefined,
    });

    expect(ended).toMatchObject({ slots: [unclear], filtered: 3 });
  });

  it('has shards of its own, which the others look at again when it has ended', () => {
    const limits = { maxConcurrency: 100, batchSize: 1 };
    const divided = divide(divide(awake(limits), 'one', limits), 'two', limits) ?? awake(limits);

    const shares = [undefined, 'one', 'two'].map((id) => shareOf(divided, id, NOW));

    expect(shares).toEqual([0, 1, 2].map((rest) => ({ count: 3, rest })));
    expect(shareOf(divided, undefined, LATER)).toEqual({ count: 1, rest: 0 });
  });
});
