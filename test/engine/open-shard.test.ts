import { describe, expect, it } from 'vitest';
import { chooseOpenShard } from '../../src/engine/memory/open-shard.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import { cellId, type QueueId, type ShardId, shardId } from '../../src/model/ids.ts';
import { DEFAULT_SETTINGS, type Queue } from '../../src/model/queue.ts';
import { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';

const [WHOLE, HALF, DRAINING] = [0, 1, 2].map((number) => shardId(cellId(0), number)) as [ShardId, ShardId, ShardId];
const SINCE = { sinceMs: 0 as EpochMs };

const QUEUE: Queue = {
  id: 'queue10000' as QueueId,
  name: 'orders',
  createdAtMs: 0 as EpochMs,
  settings: DEFAULT_SETTINGS,
  nextShardNumber: 3,
  route: {
    version: 1,
    shards: [
      { id: WHOLE, state: 'open', ...SINCE },
      { id: HALF, state: 'open', ...SINCE, weight: 0.5, weighedMs: 0 as EpochMs },
      { id: DRAINING, state: 'draining', ...SINCE },
    ],
  },
};

/** The fraction of ten thousand sends that goes to the shard. */
function shareOf(shard: ShardId, avoided: ReadonlySet<ShardId> = new Set()): number {
  const random = new SeededRandom(7);
  const chosen = Array.from({ length: 10_000 }, () => chooseOpenShard({ random }, QUEUE, avoided));
  return chosen.filter((one) => one === shard).length / chosen.length;
}

describe('a send', () => {
  it('chooses an open shard as often as it weighs', () => {
    expect(shareOf(WHOLE)).toBeCloseTo(2 / 3, 1);
    expect(shareOf(HALF)).toBeCloseTo(1 / 3, 1);
    expect(shareOf(DRAINING)).toBe(0);
  });

  it('chooses a shard that is not avoided, at any weight', () => {
    expect(shareOf(HALF, new Set([WHOLE]))).toBe(1);
    expect(shareOf(WHOLE, new Set([WHOLE, HALF]))).toBeCloseTo(2 / 3, 1);
  });
});
