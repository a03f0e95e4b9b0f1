import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DecodeError } from '../../../src/model/bytes.ts';
import { QueueError } from '../../../src/model/errors.ts';
import { DirectoryObjectStore } from '../../../src/stores/directory/directory-object-store.ts';
import { objectStoreContract } from '../../contracts/object-store.ts';
import { bytes } from '../../support/deliveries.ts';

const freshDirectory = () => mkdtemp(join(tmpdir(), 'rewindmq-objects-'));

async function openFresh() {
  const directory = await freshDirectory();
  const store = await DirectoryObjectStore.open(directory);
  return { store, close: () => rm(directory, { recursive: true }) };
}

objectStoreContract('directory', openFresh);

describe('directory object store', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await freshDirectory();
  });
  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  it('makes its directory when it is missing', async () => {
    const store = await DirectoryObjectStore.open(join(directory, 'not', 'yet'));

    await store.putIfAbsent('one', bytes('1'));

    expect(await store.list('', { limit: 10 })).toEqual(['one']);
  });

  it('finds after a restart what was stored before', async () => {
    const before = await DirectoryObjectStore.open(directory);
    await before.putIfAbsent('hour/one', bytes('1'));

    const after = await DirectoryObjectStore.open(directory);

    expect(await after.get('hour/one')).toHaveLength(1);
    expect(await after.putIfAbsent('hour/one', bytes('2'))).toBe('exists');
  });

  it('clears away what a crash left half written, which never had a name', async () => {
    await DirectoryObjectStore.open(directory);
    const leftover = join(directory, '.unnamed', '7');
    await writeFile(leftover, 'half');

    const store = await DirectoryObjectStore.open(directory);

    expect(existsSync(leftover)).toBe(false);
    expect(await store.list('', { limit: 10 })).toEqual([]);
  });

  it('tells a file that it cannot read from one that is missing, and reads the others', async () => {
    const store = await DirectoryObjectStore.open(directory);
    await store.putIfAbsent('hour/one', bytes('1'));
    // Reads of a directory fail as those of a bad sector do.
    await mkdir(join(directory, 'hour', 'two.bin'));

    await expect(store.get('hour/two')).rejects.toThrow(DecodeError);
    await expect(store.get('hour/two', { offset: 0, length: 1 })).rejects.toThrow(
      /hour\/two cannot be read \(EISDIR\)/,
    );
    expect(await store.get('hour/one')).toHaveLength(1);
  });

  it('leaves nothing beside its objects', async () => {
    const store = await DirectoryObjectStore.open(directory);
    await store.putIfAbsent('hour/one', bytes('1'));
    await store.putIfAbsent('hour/one', bytes('2'));
    await store.putIfAbsent('other/one', bytes('3'));

    await store.remove('other/one');

    const files = await readdir(directory, { recursive: true });
    expect(files.sort()).toEqual(['.unnamed', 'hour', 'hour/one.bin']);
  });

  it.each(['../out', 'a/../../out', '/out', 'a//b', '', '.unnamed/1', 'a.b', 'a\0'])(
    'refuses the name %j',
    async (name) => {
      const store = await DirectoryObjectStore.open(join(directory, 'objects'));

      await expect(store.putIfAbsent(name, bytes('1'))).rejects.toThrow('is the name of an object');
      await expect(store.get(name)).rejects.toThrow('is the name of an object');
      await expect(store.remove(name)).rejects.toThrow('is the name of an object');
    },
  );

  it('refuses to list outside its directory', async () => {
    const store = await DirectoryObjectStore.open(join(directory, 'objects'));

    await expect(store.list('../', { limit: 1 })).rejects.toThrow('is the start of an object');
  });

  it('says that it is unavailable when the file system refuses, and keeps the reason', async () => {
    const store = await DirectoryObjectStore.open(directory);
    await writeFile(join(directory, 'taken'), 'a file where a directory should be');

    const refused = await store.putIfAbsent('taken/one', bytes('1')).catch((error: unknown) => error);

    expect(refused).toBeInstanceOf(QueueError);
    expect(refused).toMatchObject({ code: 'Unavailable', cause: { code: 'ENOTDIR' } });
    expect(await readdir(join(directory, '.unnamed'))).toEqual([]);
  });

  it('refuses to open where it cannot write', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');

    await expect(DirectoryObjectStore.open(file)).rejects.toMatchObject({ code: 'Unavailable' });
  });
});
