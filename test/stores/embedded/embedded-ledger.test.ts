import { afterEach, beforeEach, expect, it } from 'vitest';
import { blockId } from '../../../src/model/ids.ts';
import { at, freshKey, freshOrigin, freshShard } from '../../support/ids.ts';
import { type FreshDatabase, openInFreshDirectory } from './fresh-database.ts';

let fresh: FreshDatabase;
beforeEach(async () => {
  fresh = await openInFreshDirectory();
});
afterEach(async () => fresh.close());

const shard = freshShard();
const somewhere = () => new Map([[0, { key: freshKey(2), index: 0 }]]);
const noteAnother = () => fresh.database.ledger.addRedirect(shard, freshKey(1), somewhere(), at(2 ** 40));

it('lets notes go once their time has passed, as more is noted', async () => {
  const { ledger } = fresh.database;
  const [from, block] = [freshKey(1), blockId(freshOrigin())];
  await ledger.addRedirect(shard, from, somewhere(), at(100));
  await ledger.addProgress(block, [1], at(200));

  fresh.clock.advance(100);
  await noteAnother();
  const redirectAt100 = await ledger.redirect(shard, from);
  fresh.clock.advance(1);
  await noteAnother();
  const redirectAt101 = await ledger.redirect(shard, from);
  fresh.clock.advance(100);
  await noteAnother();

  expect([redirectAt100.size, redirectAt101.size]).toEqual([1, 0]);
  expect(await ledger.progress(block)).toEqual(new Set());
});

it('keeps a note whose time was set anew until that time', async () => {
  const { ledger } = fresh.database;
  const block = blockId(freshOrigin());
  await ledger.addProgress(block, [1], at(100));
  await ledger.addProgress(block, [1], at(300));

  fresh.clock.advance(200);
  await noteAnother();
  const progressAt200 = await ledger.progress(block);
  fresh.clock.advance(101);
  await noteAnother();

  expect(progressAt200).toEqual(new Set([1]));
  expect(await ledger.progress(block)).toEqual(new Set());
});

it('lets more notes go than come, so that a backlog of them shrinks', async () => {
  const { ledger } = fresh.database;
  const keys = Array.from({ length: 40 }, () => freshKey(1));
  for (const from of keys) await ledger.addRedirect(shard, from, somewhere(), at(100));

  fresh.clock.advance(101);
  for (let count = 0; count < 20; count++) await noteAnother();

  expect(await Promise.all(keys.map((from) => ledger.redirect(shard, from)))).toEqual(keys.map(() => new Map()));
});
