import { cellId, shardId } from '../../src/model/ids.ts';
import { DEFAULT_SETTINGS, type Queue } from '../../src/model/queue.ts';
import { at, freshQueueId, freshText } from './ids.ts';

/** Starts with a letter, so that none of them ends up before another's prefix by accident. */
export const freshName = (): string => `q${freshText(12)}`;

export const plainQueue = (name: string): Queue => ({
  name,
  id: freshQueueId(),
  createdAtMs: at(0),
  settings: DEFAULT_SETTINGS,
  route: { version: 1, shards: [{ id: shardId(cellId(0), 0), state: 'open', sinceMs: at(0) }] },
  nextShardNumber: 1,
});
