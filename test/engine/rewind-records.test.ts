import { describe, expect, it } from 'vitest';
import { listRewinds, startRewind, unfinishedRewinds } from '../../src/engine/index.ts';
import { removeOldRewinds } from '../../src/engine/records/rewind-records.ts';
import type { RewindJob } from '../../src/model/rewind.ts';
import { replaced } from '../simulation/replaced.ts';
import { given, type World } from '../support/given.ts';
import { givenTwoObjects } from '../support/rewinding.ts';

const DAY = 86_400_000;

async function givenRewinds(count: number): Promise<{ world: World; ids: string[] }> {
  const world = await given();
  const ids: string[] = [];
  for (let rewind = 0; rewind < count; rewind++) {
    world.clock.advance(1_000);
    ids.unshift((await world.rewind()).id);
  }
  return { world, ids };
}

const idsOf = (jobs: readonly RewindJob[]) => jobs.map(({ id }) => id);

describe('the list of rewinds', () => {
  it('begins with the newest, and continues page by page', async () => {
    const { world, ids } = await givenRewinds(5);

    const first = await listRewinds(world.service, 'orders', { limit: 2 });
    const rest = await listRewinds(world.service, 'orders', { limit: 10, after: first.next ?? '' });

    expect(idsOf(first.rewinds)).toEqual(ids.slice(0, 2));
    expect(idsOf(rest.rewinds)).toEqual(ids.slice(2));
    expect(rest.next).toBeUndefined();
  });

  it('loses those that ended a month ago, and none that is at work', async () => {
    const { world } = await givenRewinds(3);
    const atWork = await startRewind(world.service, world.everything());
    world.clock.advance(29 * DAY);
    await removeOldRewinds(world.service);
    const before = await listRewinds(world.service, 'orders', { limit: 10 });
    world.clock.advance(2 * DAY);

    await removeOldRewinds(world.service);

    expect(before.rewinds).toHaveLength(4);
    expect(idsOf((await listRewinds(world.service, 'orders', { limit: 10 })).rewinds)).toEqual([atWork.id]);
  });
});

describe('rewinds that have work left', () => {
  it('are found without reading those that have ended', async () => {
    const { world } = await givenRewinds(5);
    const atWork = await startRewind(world.service, world.everything());
    const { catalog } = world.ports;
    let reads = 0;
    const counting = replaced(catalog, {
      get: async (kind, name) => {
        if (kind === 'rewind') reads++;
        return await catalog.get(kind, name);
      },
      list: async (kind, range) => {
        expect(kind).not.toBe('rewind');
        return await catalog.list(kind, range);
      },
    });

    const found = await unfinishedRewinds(world.process({}, { catalog: counting }));

    expect(idsOf(found)).toEqual([atWork.id]);
    expect(reads).toBe(1);
  });
});

describe('what was deleted again after the cut of a rewind', () => {
  it('is looked up in indexes of newer objects only where a hold says that there is some', async () => {
    const world = await givenTwoObjects();
    await world.rewind();
    await world.consume();
    await world.settle();
    world.clock.advance(1_000);
    const { catalog } = world.ports;
    const job = await startRewind(world.service, world.everything());
    let lists = 0;
    const counting = replaced(catalog, {
      list: async (kind, range) => {
        if (kind === 'archived') lists++;
        return await catalog.list(kind, range);
      },
    });

    await world.runRewinds(world.process({}, { catalog: counting }));

    // One list for each of the two passes of the plan.
    expect(lists).toBe(2);
    const again = await listRewinds(world.service, 'orders', { limit: 1 });
    expect(again.rewinds).toMatchObject([{ id: job.id, messagesRewound: 6 }]);
  });
});
