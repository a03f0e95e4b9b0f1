import { describe, expect, it } from 'vitest';
import { deleteQueue, lookAtCells, purgeQueue } from '../../../src/engine/index.ts';
import { discardDue } from '../../../src/engine/upkeep/discard.ts';
import { cellId } from '../../../src/model/ids.ts';
import { controlOnce, KnownTables } from '../../support/controlling.ts';
import { given, type World } from '../../support/given.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const LEAVING = cellId(0);
const OPEN = cellId(1);

/** A queue that lay in a cell which is now leaving. */
async function givenLeaving(sent: readonly string[] = []) {
  const world = await given({ settings: { cells: [LEAVING] }, sent });
  const tables = new KnownTables();
  const leaving = world.process({ cells: [OPEN], leavingCells: [LEAVING] });
  const look = async () => {
    const cell = (await lookAtCells(leaving)).find((one) => one.cell.id === LEAVING);
    return cell?.removal;
  };
  const minutes = async (count: number) => {
    for (let minute = 0; minute < count; minute++) {
      world.clock.advance(MINUTE_MS);
      await controlOnce(leaving, tables);
    }
  };
  return { world, tables, leaving, look, minutes };
}

/** Lets a day pass with a running controller. */
async function aDay(world: World, minutes: (count: number) => Promise<void>): Promise<void> {
  world.clock.advance(DAY_MS);
  await minutes(2);
}

describe('a cell that is leaving', () => {
  it('can be removed once it has been empty for a day, and nothing names it any more', async () => {
    const { world, look, minutes } = await givenLeaving(['one']);
    const first = await look();
    await minutes(2);
    const withMessage = await look();
    await world.consume();
    await minutes(2);
    const removedShard = await look();
    await aDay(world, minutes);
    const empty = await look();
    await aDay(world, minutes);
    const later = await look();

    expect(first).toEqual({ isRemovable: false, why: 'routes name 1 shards in it' });
    expect(withMessage).toEqual(first);
    expect(removedShard).toEqual({
      isRemovable: false,
      why: 'a shard of queue orders was removed within a day',
    });
    expect(empty?.isRemovable).toBe(false);
    expect(empty?.why).toMatch(/^it has been empty since .*Z; its stream keeps records for a day$/);
    expect(later?.isRemovable).toBe(true);
    expect(later?.why).toMatch(/^it has been empty since .*Z$/);
  });

  it('begins anew to be empty when something was found in its table', async () => {
    const { world, tables, look, minutes } = await givenLeaving();
    await minutes(2);
    await aDay(world, minutes);
    world.clock.advance(DAY_MS - MINUTE_MS);
    tables.holding.add(LEAVING);
    await minutes(1);
    const found = await look();
    tables.holding.delete(LEAVING);
    await minutes(1);
    const again = await look();

    expect(found).toEqual({ isRemovable: false, why: 'its table is not empty' });
    expect(again?.isRemovable).toBe(false);
    expect(again?.why).toContain(new Date(world.clock.nowMs()).toISOString());
  });

  it('waits for what purges and deleted queues left there', async () => {
    const { world, leaving, look, minutes } = await givenLeaving(['one', 'two']);
    await purgeQueue(leaving, 'orders');
    await deleteQueue(leaving, 'orders');
    await minutes(1);
    const deleted = await look();
    world.clock.advance(2 * 3_600_000);
    for (let run = 0; run < 3; run++) await discardDue(leaving);
    await minutes(1);

    expect(deleted).toEqual({
      isRemovable: false,
      why: 'what the deleted queue orders held is not discarded yet',
    });
    expect((await look())?.why).toMatch(/^it has been empty since/);
  });

  it('cannot be removed before the controller has looked, nor while it is open', async () => {
    const world = await given({ queues: {}, settings: { cells: [OPEN], leavingCells: [LEAVING] } });

    const removals = (await lookAtCells(world.service)).map(({ removal }) => removal);

    expect(removals).toEqual([
      { isRemovable: false, why: 'it is open; leavingCells does not name it' },
      { isRemovable: false, why: 'the controller has not looked whether it is empty' },
    ]);
  });

  it('looks at no table of an open cell, nor of one with shards', async () => {
    const { world, tables, leaving } = await givenLeaving();
    const looked: string[] = [];
    tables.isEmpty = async (cell) => looked.push(cell) > 0;

    await controlOnce(world.service, tables);
    await controlOnce(leaving, tables);

    expect(looked).toEqual([]);
  });
});
