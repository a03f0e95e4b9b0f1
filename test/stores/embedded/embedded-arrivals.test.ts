import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../../src/model/delivery.ts';
import { type DeliveryKey, keyAfter, keyFrom, type ShardKey } from '../../../src/model/ids.ts';
import type { ArrivalsWait } from '../../../src/ports/arrivals.ts';
import { inlineDelivery, leasedDelivery } from '../../support/deliveries.ts';
import { at, freshKey, freshShard } from '../../support/ids.ts';
import { type FreshDatabase, openInFreshDirectory } from './fresh-database.ts';

let fresh: FreshDatabase;
beforeEach(async () => {
  fresh = await openInFreshDirectory();
});
afterEach(async () => fresh.close());

const put = (shard: ShardKey, ...deliveries: Delivery[]) =>
  fresh.database.shards.put(deliveries.map((delivery) => ({ shard, delivery })));

/** Starts a wait; the returned function gives its result so far. */
function wait(shards: readonly ShardKey[], options: Partial<ArrivalsWait> = {}) {
  const sinceMs = fresh.clock.nowMs();
  const waiting = { found: undefined as readonly ShardKey[] | undefined };
  const defaults = { sinceMs, untilMs: at(20_000), attempt: 0 };
  void fresh.database.arrivals.wait(shards, { ...defaults, ...options }).then((found) => (waiting.found = found));
  return waiting;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const advance = async (ms: number) => {
  fresh.clock.advance(ms);
  await turn();
};

describe('a waiting receive', () => {
  it('is woken by a delivery that is due when it is put, in any of its shards', async () => {
    const [quiet, busy] = [freshShard(), freshShard()];
    const waiting = wait([quiet, busy]);
    await turn();
    const before = waiting.found;

    await put(busy, inlineDelivery(freshKey(0)));

    expect(before).toBeUndefined();
    expect(waiting.found).toEqual([busy]);
  });

  it('ends with nothing when its time is up, not before', async () => {
    const waiting = wait([freshShard()], { untilMs: at(500) });

    await advance(499);
    const before = waiting.found;
    await advance(1);

    expect(before).toBeUndefined();
    expect(waiting.found).toEqual([]);
  });

  it('ends with nothing when its consumer goes', async () => {
    const consumer = new AbortController();
    const waiting = wait([freshShard()], { signal: consumer.signal });

    consumer.abort();
    await turn();

    expect(waiting.found).toEqual([]);
    expect(await fresh.database.arrivals.wait([freshShard()], { ...FOREVER, signal: consumer.signal })).toEqual([]);
  });

  it('ends with nothing when the store is closed', async () => {
    const waiting = wait([freshShard()]);

    await fresh.database.close();
    await turn();

    expect(waiting.found).toEqual([]);
    expect(await fresh.database.arrivals.wait([freshShard()], FOREVER)).toEqual([]);
  });

  it('is woken when a delayed delivery comes due, whether it was put before or during the wait', async () => {
    const [early, late] = [freshShard(), freshShard()];
    await put(early, inlineDelivery(freshKey(300)));
    const waiting = [wait([early]), wait([late])];
    await put(late, inlineDelivery(freshKey(200)));

    await advance(199);
    const foundAt199 = waiting.map(({ found }) => found);
    await advance(1);
    const foundAt200 = waiting.map(({ found }) => found);
    await advance(100);

    expect(foundAt199).toEqual([undefined, undefined]);
    expect(foundAt200).toEqual([undefined, [late]]);
    expect(waiting.map(({ found }) => found)).toEqual([[early], [late]]);
  });

  it('learns of a delivery that came between its look and its wait', async () => {
    const shard = freshShard();
    const sinceMs = fresh.clock.nowMs();
    await put(shard, inlineDelivery(freshKey(0)));

    const waiting = wait([freshShard(), shard], { sinceMs });
    await turn();

    expect(waiting.found).toEqual([shard]);
  });

  it('is told of that once, so that a clock which stands still does not keep it busy', async () => {
    const shard = freshShard();
    const sinceMs = fresh.clock.nowMs();
    await put(shard, inlineDelivery(freshKey(0)));
    await fresh.database.arrivals.wait([shard], { ...FOREVER, sinceMs });

    const waiting = wait([shard], { sinceMs, attempt: 1 });
    await turn();

    expect(waiting.found).toBeUndefined();
  });

  it('leaves nothing behind at the signal of its consumer', async () => {
    const shard = freshShard();
    const consumer = new AbortController();
    const removed: string[] = [];
    consumer.signal.removeEventListener = (type: string) => void removed.push(type);
    const waiting = wait([shard], { signal: consumer.signal });

    await put(shard, inlineDelivery(freshKey(0)));

    expect(waiting.found).toEqual([shard]);
    expect(removed).toEqual(['abort']);
  });

  it('is not kept busy by what it has seen and cannot take: its pauses grow', async () => {
    const shard = freshShard();
    await put(shard, inlineDelivery(freshKey(0)));
    fresh.clock.advance(1);
    const pauses: number[] = [];

    for (let attempt = 0; attempt < 4; attempt++) {
      const waiting = wait([shard], { attempt });
      let pauseMs = 0;
      for (await turn(); waiting.found === undefined; pauseMs++) await advance(1);
      pauses.push(pauseMs);
    }

    expect(pauses).toEqual([25, 50, 100, 200]);
  });

  it('is not woken by what is consumed, put for later or put elsewhere', async () => {
    const shard = freshShard();
    const lease = leasedDelivery(freshKey(60_000));
    await put(shard, lease);
    const waiting = wait([shard]);

    await fresh.database.shards.tryMark(shard, lease.key, { acked: [0] }, {});
    await fresh.database.shards.tryRemove(shard, lease.key, {});
    await put(freshShard(), inlineDelivery(freshKey(0)));
    await put(shard, leasedDelivery(freshKey(30_000)));
    await advance(1_000);

    expect(waiting.found).toBeUndefined();
  });
});

describe('many waiting receives', () => {
  it('are woken as many as deliveries come, those first that waited longest', async () => {
    const shard = freshShard();
    const waiting = Array.from({ length: 1_000 }, () => wait([shard]));

    await put(shard, inlineDelivery(freshKey(0)), inlineDelivery(freshKey(0)));
    await turn();

    const woken = waiting.map(({ found }, index) => (found === undefined ? [] : index)).flat();
    expect(woken).toEqual([0, 1]);
  });

  it('share what one of them leaves', async () => {
    const shard = freshShard();
    const delivery = inlineDelivery(freshKey(0), 10);
    const waiting = [wait([shard]), wait([shard])];
    await put(shard, delivery);

    await fresh.database.shards.tryMark(shard, delivery.key, { first: 4 }, { edition: 0 });

    expect(waiting.map(({ found }) => found)).toEqual([[shard], [shard]]);
  });

  it('are woken one after another when the first does not take what woke it', async () => {
    const shard = freshShard();
    const waiting = [wait([shard]), wait([shard]), wait([shard])];
    await put(shard, inlineDelivery(freshKey(0)));
    const woken = () => waiting.filter(({ found }) => found !== undefined).length;

    const wokenAtOnce = woken();
    await advance(25);
    const wokenThen = woken();
    await advance(50);

    expect([wokenAtOnce, wokenThen, woken()]).toEqual([1, 2, 3]);
  });

  it('are left in peace once it was taken', async () => {
    const shard = freshShard();
    const delivery = inlineDelivery(freshKey(0));
    const waiting = [wait([shard]), wait([shard])];
    await put(shard, delivery);
    await fresh.database.shards.tryRemove(shard, delivery.key, {});

    await advance(5_000);

    expect(waiting.map(({ found }) => found)).toEqual([[shard], undefined]);
  });

  it('wake for every delivery that comes due at one instant', async () => {
    const shard = freshShard();
    await put(shard, ...[100, 100, 100].map((ms) => inlineDelivery(freshKey(ms))));
    const waiting = Array.from({ length: 5 }, () => wait([shard]));

    await advance(100);

    expect(waiting.filter(({ found }) => found !== undefined)).toHaveLength(3);
  });

  it('find a delivery behind more unclaimable ones than one look reads', async () => {
    const shard = freshShard();
    const leases = Array.from({ length: 40 }, () => leasedDelivery(freshKey(1), 1));
    await put(shard, ...leases, inlineDelivery(freshKey(50)));
    for (const { key } of leases) await finish(shard, key);
    const waiting = wait([shard]);

    await advance(50);
    await advance(25);

    expect(waiting.found).toEqual([shard]);
    const due = { from: keyFrom(at(0)), before: keyAfter(at(50)), limit: 100, isConsistent: true };
    expect((await fresh.database.shards.list(shard, due)).deliveries).toHaveLength(41);
  });
});

const finish = (shard: ShardKey, key: DeliveryKey) => fresh.database.shards.tryMark(shard, key, { moved: [0] }, {});

const FOREVER: ArrivalsWait = { sinceMs: at(0), untilMs: at(2 ** 40), attempt: 0 };
