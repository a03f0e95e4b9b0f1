import { afterEach, describe, expect, it } from 'vitest';
import { type Change, sequence } from '../../../src/model/change.ts';
import type { Delivery } from '../../../src/model/delivery.ts';
import type { ShardKey } from '../../../src/model/ids.ts';
import { EmbeddedFeed } from '../../../src/stores/embedded/embedded-feed.ts';
import { MemoryJournal } from '../../../src/stores/embedded/memory-journal.ts';
import { fullDelivery, inlineDelivery, leasedDelivery } from '../../support/deliveries.ts';
import { at, freshKey, freshShard } from '../../support/ids.ts';
import { type FreshDatabase, openInFreshDirectory, reopen } from './fresh-database.ts';

const opened: FreshDatabase[] = [];
const open = async (...options: Parameters<typeof openInFreshDirectory>): Promise<FreshDatabase> => {
  const fresh = await openInFreshDirectory(...options);
  opened.push(fresh);
  return fresh;
};
afterEach(async () => {
  for (const fresh of opened.splice(0)) await fresh.close();
});

describe('the change feed', () => {
  it('tells of puts, marks and removals in their order, as they were before and after', async () => {
    const { database, clock } = await open();
    const shard = freshShard();
    const delivery = leasedDelivery(freshKey(1));
    await put(database, shard, delivery);
    clock.advance(5);
    const marked = await database.shards.tryMark(shard, delivery.key, { acked: [1] }, {});
    await database.shards.tryRemove(shard, delivery.key, {});

    const changes = await readAll(database.feed);

    const now = marked.outcome === 'done' ? marked.now : undefined;
    expect(changes).toEqual([
      { shard, sequence: changes[0]?.sequence, atMs: at(0), after: delivery },
      { shard, sequence: changes[1]?.sequence, atMs: at(5), before: delivery, after: now },
      { shard, sequence: changes[2]?.sequence, atMs: at(5), before: now },
    ]);
    expect(isGrowing(changes)).toBe(true);
  });

  it('hands over a commit of any size', async () => {
    const journal = new MemoryJournal();
    const feed = new EmbeddedFeed(journal, journal, Number.POSITIVE_INFINITY);
    const change = { shard: freshShard(), sequence: sequence('1'), atMs: at(0), after: inlineDelivery(freshKey(1)) };
    const count = 200_000;

    feed.publish({ number: 1, changes: Array.from({ length: count }, () => change) });

    expect((await feed.read())?.changes).toHaveLength(count);
  });

  it('is silent about what changes nothing', async () => {
    const { database } = await open();
    const shard = freshShard();
    const delivery = inlineDelivery(freshKey(1));
    await put(database, shard, delivery);

    await put(database, shard, delivery);
    await database.shards.tryMark(shard, delivery.key, { acked: [0] }, { edition: 7 });
    await database.shards.tryRemove(shard, freshKey(1), {});

    expect(await readAll(database.feed)).toHaveLength(1);
  });

  it('tells what stood there before when a delivery is put over another', async () => {
    const { database } = await open();
    const shard = freshShard();
    const delivery = leasedDelivery(freshKey(1));
    const other = { ...delivery, acked: new Set([1]), edition: 1 };
    await put(database, shard, other);

    await put(database, shard, delivery);

    const [, second] = await readAll(database.feed);
    expect(second).toMatchObject({ before: other, after: delivery });
  });

  it('wakes a reader that waits', async () => {
    const { database } = await open();
    const shard = freshShard();
    const delivery = inlineDelivery(freshKey(1));

    const reading = database.feed.read();
    await put(database, shard, delivery);

    expect((await reading)?.changes).toMatchObject([{ shard, after: delivery }]);
  });

  it('hands nothing over that is not yet on disk', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let reached = () => {};
    const flushing = new Promise<void>((resolve) => (reached = resolve));
    const { database } = await open({
      afterFlush: () => {
        reached();
        return held;
      },
    });
    let isRead = false;
    const reading = database.feed.read().then(() => (isRead = true));

    const putting = put(database, freshShard(), inlineDelivery(freshKey(1)));
    await flushing;
    await database.shards.get(freshShard(), freshKey(1));
    const wasReadBefore = isRead;
    release();
    await Promise.all([putting, reading]);

    expect(wasReadBefore).toBe(false);
  });

  it('continues behind a position, and starts behind the acknowledged changes', async () => {
    const { database } = await open();
    const shard = freshShard();
    for (const ms of [1, 2, 3]) await put(database, shard, inlineDelivery(freshKey(ms)));

    const first = await database.feed.read();
    await put(database, shard, inlineDelivery(freshKey(4)));
    const second = await database.feed.read(first?.upTo);
    const again = await database.feed.read();
    database.feed.acknowledge(first?.upTo ?? 0);
    const rest = await database.feed.read();

    expect(first?.changes).toHaveLength(3);
    expect(second?.changes).toHaveLength(1);
    expect(again?.changes).toEqual([...(first?.changes ?? []), ...(second?.changes ?? [])]);
    expect(rest).toEqual(second);
  });

  it('returns unacknowledged changes unchanged after a restart', async () => {
    const fresh = await open();
    const shard = freshShard();
    await put(fresh.database, shard, fullDelivery(freshKey(1)));
    fresh.database.feed.acknowledge((await fresh.database.feed.read())?.upTo ?? 0);
    const delivery = fullDelivery(freshKey(2));
    await put(fresh.database, shard, delivery);
    await fresh.database.shards.tryRemove(shard, delivery.key, {});
    const before = await readAll(fresh.database.feed);

    const { feed } = await reopen(fresh);

    expect(before).toHaveLength(2);
    expect(await readAll(feed)).toEqual(before);
  });

  it('continues to count after a restart although everything was acknowledged', async () => {
    const fresh = await open();
    await put(fresh.database, freshShard(), inlineDelivery(freshKey(1)));
    const batch = await fresh.database.feed.read();
    fresh.database.feed.acknowledge(batch?.upTo ?? 0);

    const database = await reopen(fresh);
    await put(database, freshShard(), inlineDelivery(freshKey(2)));

    const changes = await readAll(database.feed);
    expect(changes).toHaveLength(1);
    expect(isGrowing([...(batch?.changes ?? []), ...changes])).toBe(true);
  });

  it('serves a reader that is far behind from disk, without a gap, up to the present', async () => {
    const { database } = await open();
    const shard = freshShard();
    const keys = Array.from({ length: 30_000 }, (_, index) => freshKey(index));
    for (let start = 0; start < keys.length; start += 500) {
      await put(database, shard, ...keys.slice(start, start + 500).map((key) => inlineDelivery(key)));
    }

    const changes: Change[] = [];
    while (changes.length < keys.length) {
      const batch = await database.feed.read();
      changes.push(...(batch?.changes ?? []));
      database.feed.acknowledge(batch?.upTo ?? 0);
    }

    expect(changes.map(({ after }) => after?.key)).toEqual(keys);
    expect(isGrowing(changes)).toBe(true);
  });

  it('ends a read when the database is closed', async () => {
    const { database } = await open();

    const reading = database.feed.read();
    await database.close();

    expect(await reading).toBeUndefined();
    expect(await database.feed.read()).toBeUndefined();
  });
});

const put = (database: FreshDatabase['database'], shard: ShardKey, ...deliveries: Delivery[]): Promise<unknown> =>
  database.shards.put(deliveries.map((delivery) => ({ shard, delivery })));

/** All present changes of the feed, at least one. */
async function readAll(feed: EmbeddedFeed): Promise<readonly Change[]> {
  const batch = await feed.read();
  return batch?.changes ?? [];
}

const isGrowing = (changes: readonly Change[]): boolean =>
  changes.every(({ sequence }, index) => index === 0 || sequence > (changes[index - 1]?.sequence ?? sequence));
