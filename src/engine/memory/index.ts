/**
 * What one process remembers between calls: routes, due deliveries, slices, and hints of where to look.
 * Nothing here must last; losing it costs reads.
 */

export { readArchiveIndex } from './archive-index.ts';
export { Avoidance, SILENT_MS, THROTTLED_MS } from './avoidance.ts';
export { Breather } from './breather.ts';
export { Candidates } from './candidates.ts';
export { DueHints, HINT_MS, HINTED_SHARE } from './due-hints.ts';
export {
  type Candidate,
  CONTENDED_READS,
  FRONT_SHARE_LEFT,
  FRONT_SHARE_MIN,
  FRONT_SHARE_RECOVERY,
  type Leftovers,
  SPARE_DELIVERIES_MIN,
} from './due-shard.ts';
export { JoinedCalls } from './joined-calls.ts';
export { LeaseRemainders } from './lease-remainders.ts';
export { LONGEST_WAIT, LongestWaits } from './longest-waits.ts';
export { chooseOpenShard } from './open-shard.ts';
export { PushRoom } from './push-room.ts';
export { QuietQueues } from './quiet-queues.ts';
export { type HeldQueue, queueNotFound, RENEWAL_JITTER, RouteCache } from './route-cache.ts';
export { OpenSlice, SliceReader } from './slice-reader.ts';
export { unlessDamaged } from './unless-damaged.ts';
export { WithoutRemovedCells } from './without-removed-cells.ts';
