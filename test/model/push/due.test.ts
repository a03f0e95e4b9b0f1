import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../../src/model/brand.ts';
import type { QueueId } from '../../../src/model/ids.ts';
import { dueName, dueOf, type PushLease, wakeAtMs } from '../../../src/model/push/index.ts';

const NOW = 1_800_000_000_000 as EpochMs;
const ASLEEP: PushLease = { epoch: 1, untilMs: 0 as EpochMs, slots: [], budget: { tokens: 0, atMs: NOW } };
const AWAKE: PushLease = { ...ASLEEP, untilMs: (NOW + 1) as EpochMs };

describe('a wake-up', () => {
  it.each<[string, PushLease | undefined, number, number | undefined]>([
    ['comes at once for what is ready', ASLEEP, 0, 0],
    ['comes at once for what comes due within 10 s: the dispatcher waits for it', ASLEEP, 10_000, 0],
    ['comes when the message does, if that is later', ASLEEP, 10_001, 10_001],
    ['comes to a queue that never had a dispatcher', undefined, 0, 0],
    ['comes after the death of a dispatcher', { ...AWAKE, untilMs: NOW }, 0, 0],
    ['does not come to a dispatcher that is awake', AWAKE, 0, undefined],
    ['waits for the next try of a target at fault', withBreaker(60_000), 0, 60_000],
    ['does not wait for a try that is near', withBreaker(9_000), 0, 0],
  ])('%s', (_, lease, visibleInMs, expected) => {
    const atMs = wakeAtMs(lease, { visibleAtMs: NOW + visibleInMs, nowMs: NOW });

    expect(atMs === undefined ? undefined : atMs - NOW).toBe(expected);
  });
});

describe('the name of a note', () => {
  it('says the queue, and the first full minute from a moment on', () => {
    const queueId = 'abcdefghij' as QueueId;

    expect(dueOf(dueName(queueId, NOW))).toEqual({ queueId, atMs: NOW });
    expect(dueOf(dueName(queueId, NOW + 1))).toEqual({ queueId, atMs: NOW + 60_000 });
  });

  it('sorts by time', () => {
    const queueId = 'abcdefghij' as QueueId;
    const names = [NOW, 2 * NOW, 60_000].map((atMs) => dueName(queueId, atMs));

    expect(names.toSorted().map((name) => dueOf(name).atMs)).toEqual([60_000, NOW, 2 * NOW]);
  });
});

function withBreaker(retryInMs: number): PushLease {
  const retryAtMs = (NOW + retryInMs) as EpochMs;
  return { ...ASLEEP, breaker: { failures: 1, sinceMs: NOW, retryAtMs, end: { kind: 'timedOut' } } };
}
