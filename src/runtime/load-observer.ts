import { type CellId, queueOfShard, shardOfKey } from '../model/ids.ts';
import type { LoadTally } from '../model/load.ts';
import type { StoreObserver } from '../stores/dynamodb/observer.ts';

/** DynamoDB rejected a write or a read of this key value, or an item of a batch, for which it gives no reason. */
const OF_SHARD = /KeyRange|^Unprocessed$/;

/** Adds the stores' usage to the function's load, and forwards it to `next`. */
export function loadObserver(
  tally: LoadTally,
  cellOfTable: ReadonlyMap<string, CellId>,
  next: StoreObserver,
): StoreObserver {
  return {
    ...next,
    onCapacity: (capacity) => {
      const { table, shard, readUnits, writeUnits } = capacity;
      const cell = cellOfTable.get(table);
      if (cell !== undefined) tally.addToCell(cell, { readUnits, writeUnits });
      if (shard !== undefined) tally.addToQueue(queueOfShard(shard), { readUnits, writeUnits });
      next.onCapacity?.(capacity);
    },
    onThrottle: (throttle) => {
      const { table, shard, reason } = throttle;
      const cell = cellOfTable.get(table);
      if (shard !== undefined && OF_SHARD.test(reason)) tally.addThrottles(queueOfShard(shard), shardOfKey(shard), 1);
      else if (cell !== undefined) tally.addToCell(cell, { throttles: 1 });
      next.onThrottle?.(throttle);
    },
    onSilence: (silence) => {
      const cell = cellOfTable.get(silence.table);
      if (cell !== undefined) tally.addToCell(cell, { failures: 1 });
      next.onSilence?.(silence);
    },
  };
}
