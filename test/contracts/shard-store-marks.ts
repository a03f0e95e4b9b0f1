import { describe, expect, it } from 'vitest';
import type { DeliveryKey, ShardKey } from '../../src/model/ids.ts';
import { MESSAGES_PER_LEASE_MAX, MESSAGES_PER_SLICE_MAX } from '../../src/model/limits.ts';
import type { Condition, MarkChange } from '../../src/ports/shard-store.ts';
import { inlineDelivery, leasedDelivery, rewoundDelivery } from '../support/deliveries.ts';
import { freshKey, freshShard } from '../support/ids.ts';
import type { ShardStoreWorld } from './shard-store.ts';

export function describeMarks(world: ShardStoreWorld): void {
  describe('tryMark', () => {
    describeChanges(world);
    describeRefusals(world);
  });
}

function describeChanges(world: ShardStoreWorld): void {
  it('records each kind of mark and answers with the delivery as it then is', async () => {
    const shard = freshShard();
    const delivery = leasedDelivery(freshKey(0));
    await world.put(shard, delivery);
    const change: MarkChange = {
      acked: [0, 9],
      moved: [1, 2],
      deadLettered: [1],
      purged: [2],
      withdrawn: [1],
      redriven: [2],
      forward: [[2, { key: freshKey(7), index: 4 }]],
    };

    const marked = await world.store.tryMark(shard, delivery.key, change, {});

    const now = {
      ...delivery,
      edition: 1,
      acked: new Set(change.acked),
      moved: new Set(change.moved),
      deadLettered: new Set(change.deadLettered),
      purged: new Set(change.purged),
      withdrawn: new Set(change.withdrawn),
      redriven: new Set(change.redriven),
      forward: new Map(change.forward),
    };
    expect(marked).toEqual({ outcome: 'done', now });
    expect(await world.store.get(shard, delivery.key)).toEqual(now);
    expect((await world.listAll(shard)).deliveries).toEqual([now]);
  });

  it('takes marks of all messages of the largest lease at once, each with the way it went', async () => {
    const shard = freshShard();
    const delivery = leasedDelivery(freshKey(0), MESSAGES_PER_LEASE_MAX);
    await world.put(shard, delivery);
    const all = [...Array(MESSAGES_PER_LEASE_MAX).keys()];
    const forward = all.map((index) => [index, { key: freshKey(7), index }] as const);

    const marked = await world.store.tryMark(shard, delivery.key, { moved: all, forward }, { outstanding: all });

    expect(marked).toMatchObject({ outcome: 'done', now: { moved: new Set(all), forward: new Map(forward) } });
  });

  it('takes marks of all messages of the largest slice at once', async () => {
    const shard = freshShard();
    const delivery = rewoundDelivery(freshKey(0), MESSAGES_PER_SLICE_MAX);
    await world.put(shard, delivery);
    const all = [...Array(MESSAGES_PER_SLICE_MAX).keys()];

    const marked = await world.store.tryMark(shard, delivery.key, { moved: all, purged: all }, { outstanding: all });

    expect(marked).toMatchObject({ outcome: 'done', now: { purged: new Set(all) } });
  });

  it('adds to the marks there are and counts its changes', async () => {
    const shard = freshShard();
    const delivery = leasedDelivery(freshKey(0));
    await world.put(shard, delivery);
    const changes: MarkChange[] = [
      { acked: [1], forward: [[5, { key: delivery.key, index: 1 }]] },
      { acked: [1, 2], moved: [3], forward: [[6, { key: delivery.key, index: 2 }]] },
      { moved: [3, 4], forward: [[5, { key: delivery.key, index: 3 }]] },
    ];

    for (const change of changes) await world.store.tryMark(shard, delivery.key, change, {});

    const now = await world.store.get(shard, delivery.key);
    expect(now?.acked).toEqual(new Set([1, 2]));
    expect(now?.moved).toEqual(new Set([3, 4]));
    expect(now?.forward).toEqual(
      new Map([
        [5, { key: delivery.key, index: 3 }],
        [6, { key: delivery.key, index: 2 }],
      ]),
    );
    expect(now?.edition).toBe(3);
  });

  it('advances the first message', async () => {
    const shard = freshShard();
    const delivery = inlineDelivery(freshKey(0), 8);
    await world.put(shard, delivery);

    const marked = await world.store.tryMark(shard, delivery.key, { first: 3 }, { edition: 0 });

    expect(marked).toEqual({ outcome: 'done', now: { ...delivery, first: 3, edition: 1 } });
  });

  it('changes nothing but the edition when a mark is repeated', async () => {
    const shard = freshShard();
    const delivery = leasedDelivery(freshKey(0));
    await world.put(shard, delivery);
    await world.store.tryMark(shard, delivery.key, { moved: [1] }, {});

    const repeated = await world.store.tryMark(shard, delivery.key, { moved: [1] }, {});

    expect(repeated).toEqual({ outcome: 'done', now: { ...delivery, edition: 2, moved: new Set([1]) } });
  });

  it('marks one delivery and leaves its neighbours alone', async () => {
    const shard = freshShard();
    const deliveries = [1, 2, 3].map((ms) => leasedDelivery(freshKey(ms)));
    await world.put(shard, ...deliveries);

    await world.store.tryMark(shard, deliveries[1]?.key as DeliveryKey, { acked: [0] }, {});

    const listed = await world.listAll(shard);
    expect(listed.deliveries.map(({ edition }) => edition)).toEqual([0, 1, 0]);
  });
}

function describeRefusals(world: ShardStoreWorld): void {
  const given = async (): Promise<{ shard: ShardKey; key: DeliveryKey }> => {
    const shard = freshShard();
    const delivery = leasedDelivery(freshKey(0));
    await world.put(shard, delivery);
    await world.store.tryMark(shard, delivery.key, { acked: [1], moved: [2] }, {});
    return { shard, key: delivery.key };
  };
  const failing: [name: string, condition: Condition][] = [
    ['an older edition', { edition: 0 }],
    ['an edition not reached yet', { edition: 2 }],
    ['that nothing is acked or moved', { isIntact: true }],
    ['that a moved message is not moved', { notMoved: [0, 2] }],
    ['that an acked message is outstanding', { outstanding: [0, 1] }],
    ['that a moved message is outstanding', { outstanding: [2] }],
    ['two things of which one fails', { edition: 1, notMoved: [2] }],
    ['two things of which the other fails', { edition: 0, notMoved: [0] }],
  ];

  it.each(failing)('refuses a condition that names %s', async (_, condition) => {
    const { shard, key } = await given();
    const before = await world.store.get(shard, key);

    const refused = await world.store.tryMark(shard, key, { acked: [0] }, condition);

    expect(refused).toEqual({ outcome: 'refused', now: before });
    expect(await world.store.get(shard, key)).toEqual(before);
  });

  const holding: [name: string, condition: Condition][] = [
    ['the edition it has', { edition: 1 }],
    ['that messages without a mark are outstanding', { outstanding: [0, 3] }],
    ['that an acked message is not moved', { notMoved: [1] }],
    ['everything that holds', { edition: 1, notMoved: [0, 1], outstanding: [0] }],
    ['nothing', {}],
  ];

  it.each(holding)('accepts a condition that names %s', async (_, condition) => {
    const { shard, key } = await given();

    const marked = await world.store.tryMark(shard, key, { acked: [0] }, condition);

    expect(marked.outcome).toBe('done');
    expect((await world.store.get(shard, key))?.acked).toEqual(new Set([0, 1]));
  });

  it('calls a delivery intact of which only the way of messages was noted', async () => {
    const shard = freshShard();
    const delivery = leasedDelivery(freshKey(0));
    await world.put(shard, delivery);
    await world.store.tryMark(shard, delivery.key, { forward: [[0, { key: freshKey(5), index: 0 }]] }, {});

    const marked = await world.store.tryMark(shard, delivery.key, { acked: [0] }, { isIntact: true });

    expect(marked.outcome).toBe('done');
  });

  it.each<[string, Condition]>([
    ['no condition', {}],
    ['an edition', { edition: 0 }],
    ['that it is intact', { isIntact: true }],
    ['messages', { notMoved: [0], outstanding: [1] }],
  ])('refuses a delivery that is gone, naming %s, and does not bring it back', async (_, condition) => {
    const shard = freshShard();
    const key = freshKey(0);

    const refused = await world.store.tryMark(shard, key, { acked: [0] }, condition);

    expect(refused).toEqual({ outcome: 'refused' });
    expect(refused).not.toHaveProperty('now');
    expect(await world.store.get(shard, key)).toBeUndefined();
  });
}
