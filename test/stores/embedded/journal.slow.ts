import { cpSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fill, givenDirectory, keysOf, open } from './filled-store.ts';

it('removes old segments and keeps live entries in the base over many checkpoints and openings', async () => {
  const directory = givenDirectory();
  let database = await open(directory);
  const { shard, kept } = await fill(database, 24);
  expect(await keysOf(database, shard)).toEqual(kept);
  await database.close();

  database = await open(directory);
  expect(await keysOf(database, shard)).toEqual(kept);
  const more = await fill(database, 12);
  expect(await keysOf(database, shard)).toEqual(kept);
  expect(await keysOf(database, more.shard)).toEqual(more.kept);
  await database.close();

  const logBytes = readdirSync(directory)
    .filter((name) => name.includes('log-'))
    .reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  expect(logBytes).toBeLessThan(60_000_000);
});

it('opens a copy of the directory from any moment of a write', async () => {
  const directory = givenDirectory();
  const copies = givenDirectory();
  const database = await open(directory);
  const filling = fill(database, 12);
  let isOver = false;
  void filling.finally(() => (isOver = true));
  let count = 0;
  while (!isOver) {
    cpSync(directory, join(copies, String(count++)), { recursive: true });
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  const { shard, kept } = await filling;
  await database.close();

  for (let copy = 0; copy < count; copy++) {
    const found = await open(join(copies, String(copy)));
    const keys = await keysOf(found, shard);
    await found.close();
    // Everything kept until then, and perhaps entries not removed yet.
    expect(keys.filter((key) => kept.includes(key))).toEqual(
      kept.slice(0, keys.filter((k) => kept.includes(k)).length),
    );
  }
});
