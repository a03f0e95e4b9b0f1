import { describe, expect, it } from 'vitest';
import { cellId, type QueueId, shardId, shardKey } from '../../src/model/ids.ts';
import { LoadTally } from '../../src/model/load.ts';
import { loadObserver } from '../../src/runtime/load-observer.ts';
import type { Throttle } from '../../src/stores/dynamodb/observer.ts';
import { at } from '../support/ids.ts';

const CELL = cellId(0);
const QUEUE = 'orders-id-' as QueueId;
const SHARD = shardId(CELL, 3);
const shard = shardKey(QUEUE, SHARD);

function observed() {
  const tally = new LoadTally(at(0));
  const told: Throttle[] = [];
  const next = { onThrottle: (throttle: Throttle) => void told.push(throttle) };
  const observer = loadObserver(tally, new Map([['cell-0', CELL]]), next);
  /** The paid usage in a report. */
  const report = () => {
    tally.addToCell(CELL, { writeUnits: 100_000 });
    return tally.take(at(1_000), 0);
  };
  return { observer, told, report };
}

describe('what stores tell of their calls', () => {
  it('counts for the cell, and for the queue where its shards take it', () => {
    const { observer, report } = observed();

    observer.onCapacity?.({ table: 'cell-0', shard, readUnits: 2, writeUnits: 0 });
    observer.onCapacity?.({ table: 'cell-0', shard: undefined, readUnits: 0, writeUnits: 5 });
    observer.onCapacity?.({ table: 'catalog', shard: undefined, readUnits: 7, writeUnits: 0 });

    const { queues, cells } = report() ?? {};
    expect(queues?.get(QUEUE)).toMatchObject({ readUnits: 2, writeUnits: 0 });
    expect(cells?.get(CELL)).toMatchObject({ readUnits: 2, writeUnits: 100_005 });
    expect(cells?.size).toBe(1);
  });

  it.each([
    ['a hot key value', 'TableWriteKeyRangeThroughputExceeded', 1, 0],
    ['an item of a batch', 'Unprocessed', 1, 0],
    ['the table', 'TableWriteMaxOnDemandThroughputExceeded', 0, 1],
    ['the account', 'TableWriteAccountLimitExceeded', 0, 1],
  ])('counts a throttled call for whom it tells of: %s', (_, reason, ofShard, ofCell) => {
    const { observer, told, report } = observed();

    observer.onThrottle?.({ table: 'cell-0', shard, reason });

    const { queues, cells } = report() ?? {};
    expect(queues?.get(QUEUE)?.throttles.get(SHARD) ?? 0).toBe(ofShard);
    expect(cells?.get(CELL)?.throttles).toBe(ofCell);
    expect(told).toEqual([{ table: 'cell-0', shard, reason }]);
  });

  it('counts calls without an answer for the cell', () => {
    const { observer, report } = observed();

    observer.onSilence?.({ table: 'cell-0' });

    expect(report()?.cells.get(CELL)?.failures).toBe(1);
  });
});
