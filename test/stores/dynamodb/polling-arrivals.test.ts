import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../../src/model/brand.ts';
import type { ShardKey } from '../../../src/model/ids.ts';
import { PollingArrivals } from '../../../src/stores/dynamodb/polling-arrivals.ts';
import { SeededRandom } from '../../../src/stores/simulated/seeded-random.ts';
import { ManualClock } from '../../support/clock.ts';
import { START_MS } from '../../support/ids.ts';

const SHARDS = ['a', 'b', 'c', 'd', 'e'] as ShardKey[];

/** A wait, and whether it has ended. */
function givenWaiting({ shards = SHARDS, attempt = 0, quietMs = 0, forMs = 20_000, signal }: Partial<Wishes> = {}) {
  const clock = new ManualClock(START_MS);
  const arrivals = new PollingArrivals({ clock, random: new SeededRandom(1) });
  const options = { sinceMs: START_MS, untilMs: (START_MS + forMs) as EpochMs, attempt, quietMs };
  const waiting = arrivals.wait(shards, signal === undefined ? options : { ...options, signal });
  let answer: readonly ShardKey[] | undefined;
  void waiting.then((worthALook) => (answer = worthALook));
  const afterMs = async (ms: number) => {
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
    return answer;
  };
  return { afterMs };
}

interface Wishes {
  readonly shards: readonly ShardKey[];
  readonly attempt: number;
  readonly quietMs: number;
  readonly forMs: number;
  readonly signal: AbortSignal;
}

describe('waiting where nobody tells what arrives', () => {
  it.each([
    [0, 25],
    [1, 50],
    [2, 100],
    [4, 400],
    [5, 500],
    [20, 500],
  ])('pauses longer each time, at most half a second: the %ith time for %i ms', async (attempt, pauseMs) => {
    const { afterMs } = givenWaiting({ attempt });

    expect(await afterMs(pauseMs - 1)).toBeUndefined();
    expect(await afterMs(1)).toHaveLength(2);
  });

  it.each([
    [59_999, 500],
    [60_000, 1_000],
    [599_999, 1_000],
    [600_000, 2_000],
    [86_400_000, 2_000],
  ])('pauses at most so long when the queue has brought nothing for %i ms: %i ms', async (quietMs, pauseMs) => {
    const { afterMs } = givenWaiting({ attempt: 20, quietMs });

    expect(await afterMs(pauseMs - 1)).toBeUndefined();
    expect(await afterMs(1)).toHaveLength(2);
  });

  it('names two shards, and over many pauses each of them', async () => {
    const clock = new ManualClock(START_MS);
    const arrivals = new PollingArrivals({ clock, random: new SeededRandom(1) });
    const named = new Set<ShardKey>();

    for (let attempt = 0; attempt < 40; attempt++) {
      const waiting = arrivals.wait(SHARDS, {
        sinceMs: clock.nowMs(),
        untilMs: (clock.nowMs() + 20_000) as EpochMs,
        attempt,
      });
      clock.advance(500);
      const shards = await waiting;
      expect(new Set(shards).size).toBe(2);
      for (const shard of shards) named.add(shard);
    }

    expect([...named].toSorted()).toEqual(SHARDS);
  });

  it('names the only shard there is', async () => {
    const { afterMs } = givenWaiting({ shards: ['a' as ShardKey] });

    expect(await afterMs(25)).toEqual(['a']);
  });

  it('names none when the wait is over, and not before', async () => {
    const { afterMs } = givenWaiting({ attempt: 5, forMs: 300 });

    expect(await afterMs(299)).toBeUndefined();
    expect(await afterMs(1)).toEqual([]);
  });

  it('ends at once when the consumer has gone', async () => {
    const consumer = new AbortController();
    const { afterMs } = givenWaiting({ attempt: 5, signal: consumer.signal });
    expect(await afterMs(10)).toBeUndefined();

    consumer.abort();

    expect(await afterMs(0)).toEqual([]);
  });

  it('does not begin for a consumer that had gone before', async () => {
    const { afterMs } = givenWaiting({ signal: AbortSignal.abort() });

    expect(await afterMs(0)).toEqual([]);
  });
});
