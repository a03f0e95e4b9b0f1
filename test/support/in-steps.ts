import type { ShardStore } from '../../src/ports/shard-store.ts';

/** A store for several processes: it does not take over in one step. */
export const inSteps = (store: ShardStore): ShardStore => ({
  leaseFloorMs: store.leaseFloorMs,
  barrierOffsetsMs: store.barrierOffsetsMs,
  feedResolutionMs: store.feedResolutionMs,
  put: (placements) => store.put(placements),
  list: (shard, range) => store.list(shard, range),
  get: (shard, key) => store.get(shard, key),
  tryMark: (shard, key, change, condition) => store.tryMark(shard, key, change, condition),
  tryRemove: (shard, key, condition) => store.tryRemove(shard, key, condition),
  getBlocks: (ids) => store.getBlocks(ids),
  removeBlocks: (ids) => store.removeBlocks(ids),
});
