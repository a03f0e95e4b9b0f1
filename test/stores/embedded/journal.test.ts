import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Base } from '../../../src/stores/embedded/base.ts';
import { openEmbeddedDatabase } from '../../../src/stores/embedded/database.ts';
import { Journal } from '../../../src/stores/embedded/journal.ts';
import { DirectoryDisk } from '../../../src/stores/embedded/log-disk.ts';
import { SegmentedLog } from '../../../src/stores/embedded/segmented-log.ts';
import { StoreFailure } from '../../../src/stores/embedded/store-failure.ts';
import { replaced } from '../../simulation/replaced.ts';
import { blockPlacement, inlineDelivery } from '../../support/deliveries.ts';
import { freshKey, freshShard, START_MS } from '../../support/ids.ts';
import { clock, fill, givenDirectory, open } from './filled-store.ts';

/** A closed store with entries in base and log. It takes seconds to fill, so tests change copies of it. */
const filled = mkdtempSync(join(tmpdir(), 'rewindmq-filled-'));
beforeAll(async () => {
  const database = await open(filled);
  await fill(database, 12);
  const shard = freshShard();
  for (let count = 0; count < 50; count++) {
    await database.shards.put([{ shard, delivery: inlineDelivery(freshKey(count), 10) }]);
  }
  await database.close();
});
afterAll(() => rmSync(filled, { recursive: true }));

function givenFilled(): string {
  const directory = givenDirectory();
  cpSync(filled, directory, { recursive: true });
  return directory;
}

const pieces: readonly (readonly [string, string, (directory: string) => void])[] = [
  ['lacks its base', 'store.mdb is missing', (at) => rmSync(join(at, 'store.mdb'))],
  ['has a base cut to its half', 'store.mdb ', (at) => truncate(join(at, 'store.mdb'), 0.5)],
  ['has a base of no bytes', 'store.mdb has no readable head', (at) => truncate(join(at, 'store.mdb'), 0)],
  ['has zeroed pages', 'store.mdb has no readable page', (at) => zeroPages(join(at, 'store.mdb'))],
  ['lacks its log', 'its log', (at) => remove(at, /^log-/)],
  ['has an unreadable head of its log', 'the head of log-', (at) => damageLog(at, 3)],
  ['has a damaged log', 'of its log cannot be read', (at) => damageLog(at, 5_000)],
  ['lacks its marker', 'store.json is missing', (at) => rmSync(join(at, 'store.json'))],
  ['has an unreadable marker', 'store.json cannot be read', (at) => writeFileSync(join(at, 'store.json'), '{')],
];

it.each(pieces)('refuses a store that %s, in one sentence', async (_, words, damage) => {
  const directory = givenFilled();
  damage(directory);

  const refused = open(directory);

  await expect(refused).rejects.toThrow(`the store in ${directory} is damaged: `);
  await expect(refused).rejects.toThrow(words);
  await expect(refused).rejects.toMatchObject({ code: 'Unavailable' });
});

it('refuses a full archive without a store, and a store of another format', async () => {
  const directory = givenDirectory();
  cpSync(import.meta.dirname, join(directory, 'objects'), { recursive: true });
  await expect(open(directory)).rejects.toThrow('objects is there, store.json is missing');

  rmSync(join(directory, 'objects'), { recursive: true });
  writeFileSync(join(directory, 'store.json'), '{"format":7,"state":"made"}');
  await expect(open(directory)).rejects.toThrow(
    'has format 7, which a later release reads; this release reads format 1',
  );
});

it.each([
  [
    'is cut',
    /its file was cut from \d+ to \d+ bytes/,
    (path: string) => truncateSync(path, statSync(path).size - 4_096),
  ],
  ['is replaced', /its file was replaced by another one/, replace],
  ['is removed', /ENOENT/, (path: string) => rmSync(path)],
])('ends in one sentence when its base %s while it serves', async (_, words, harm) => {
  const directory = givenFilled();
  const said: string[] = [];
  const database = await openEmbeddedDatabase({
    directory,
    clock,
    durability: 'none',
    onFailure: (sentence) => void said.push(sentence),
  });
  harm(join(directory, 'store.mdb'));

  const outcomes = await database.shards.put([{ shard: freshShard(), delivery: inlineDelivery(freshKey(1)) }]);

  expect(outcomes).toEqual(['unclear']);
  expect(said).toEqual([expect.stringMatching(words)]);
  expect(said[0]).toMatch(/^The store failed while looking at its base \(.*\); start the server again, .*\.$/);
  await database.close();
});

it('hands over a block that is damaged as one that cannot be read, not as one that was consumed', async () => {
  const directory = givenDirectory();
  let database = await open(directory);
  const placement = blockPlacement(freshShard(), freshKey(1));
  const payload = Buffer.from('a payload like no other '.repeat(20));
  await database.shards.put([{ ...placement, block: { ...placement.block, payload } }]);
  await fill(database, 12);
  await database.close();
  const path = join(directory, 'store.mdb');
  const bytes = readFileSync(path);
  for (let at = bytes.indexOf(payload); at >= 0; at = bytes.indexOf(payload, at + 1)) bytes.writeUInt8(0x7e, at + 9);
  writeFileSync(path, bytes);

  database = await open(directory);
  const blocks = await database.shards.getBlocks([placement.block.id]);
  await database.close();

  expect(blocks.get(placement.block.id)).toEqual({
    id: placement.block.id,
    messageCount: 0,
    payload: new Uint8Array(),
  });
});

it('refuses calls within half of what a disk may take while a checkpoint goes on, and has not failed', async () => {
  const directory = givenDirectory();
  const said: string[] = [];
  const base = await Base.open(join(directory, 'store.mdb'), 'none', () => {});
  const log = new SegmentedLog({
    disk: new DirectoryDisk(directory),
    directory,
    durability: 'none',
    segmentBytes: 2_000,
  });
  await log.beginSegment();
  const failure = new StoreFailure((sentence) => void said.push(sentence), 2_000);
  let isOver = false;
  const slow = replaced(base, {
    *checkpointSteps() {
      while (!isOver) yield async () => void (await new Promise((resolve) => setTimeout(resolve, 5)));
    },
  });
  const journal = new Journal({ log, base: slow, failure, relieve: async () => false });
  const write = async () => {
    await journal.prepare(START_MS);
    journal.table('deliveries').put('key', Buffer.alloc(1_500));
    await journal.commit();
  };
  await write();
  await write();

  await expect(write()).rejects.toMatchObject({
    code: 'Unavailable',
    message: expect.stringContaining('disk is slow'),
  });

  isOver = true;
  await journal.close();
  await write();
  expect(said).toEqual([]);
  log.close();
  await base.close();
});

it('makes a store anew that a start did not come to finish', async () => {
  const directory = givenDirectory();
  await (await open(directory)).close();
  writeFileSync(join(directory, 'store.json'), '{"format":1,"state":"making"}');
  truncate(join(directory, 'store.mdb'), 0);

  const database = await open(directory);

  const shard = freshShard();
  expect(await database.shards.put([{ shard, delivery: inlineDelivery(freshKey(1)) }])).toEqual(['stored']);
  await database.close();
});

const truncate = (path: string, share: number): void => truncateSync(path, Math.floor(statSync(path).size * share));

function replace(path: string): void {
  cpSync(path, `${path}.new`);
  renameSync(`${path}.new`, path);
}

function zeroPages(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0, 2 * 4_096);
  writeFileSync(path, bytes);
}

function remove(directory: string, names: RegExp): void {
  for (const name of readdirSync(directory)) if (names.test(name)) rmSync(join(directory, name));
}

function damageLog(directory: string, position: number): void {
  const name =
    readdirSync(directory)
      .filter((each) => each.startsWith('log-'))
      .toSorted()[0] ?? '';
  const bytes = readFileSync(join(directory, name));
  bytes.writeUInt8(bytes.readUInt8(position) ^ 0x10, position);
  writeFileSync(join(directory, name), bytes);
}
