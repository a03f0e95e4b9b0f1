import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../src/ports/object-store.ts';
import { bytes } from '../support/deliveries.ts';
import { freshText } from '../support/ids.ts';

export interface OpenObjectStore {
  readonly store: ObjectStore;
  close(): Promise<void>;
}

/** What every object store promises, on one adapter. Names are fresh in every case, so the store may hold anything. */
export function objectStoreContract(name: string, open: () => Promise<OpenObjectStore>): void {
  describeOpened(`object store contract: ${name}`, open, (store) => {
    describeContent(store);
    describeLists(store);
    describeByteOrder(store);
    describeRaces(store);
    describeKeeping(store);
  });
}

/** The same for a double of S3 that overwrites objects, knows no tags, and lists names in the order of a dictionary. */
export function lenientObjectStoreContract(name: string, open: () => Promise<OpenObjectStore>): void {
  describeOpened(`object store contract but for overwriting, tags and byte order: ${name}`, open, (store) => {
    describeContent(store);
    describeLists(store);
  });
}

function describeOpened(
  title: string,
  open: () => Promise<OpenObjectStore>,
  cases: (store: () => ObjectStore) => void,
): void {
  describe(title, () => {
    let opened: OpenObjectStore;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => opened.close());

    cases(() => opened.store);
  });
}

const freshName = (folder = 'contract'): string => `${folder}/${freshText(12)}`;
const TEN = Uint8Array.from({ length: 10 }, (_, index) => index);

function describeContent(store: () => ObjectStore): void {
  it('keeps every byte of an object', async () => {
    const name = freshName();
    const content = Uint8Array.from({ length: 70_000 }, (_, index) => index % 251);

    const outcome = await store().putIfAbsent(name, content);

    expect(outcome).toBe('stored');
    expect(Buffer.compare((await store().get(name)) ?? bytes(''), content)).toBe(0);
  });

  it('keeps an empty object', async () => {
    const name = freshName();

    await store().putIfAbsent(name, new Uint8Array());

    expect(await store().get(name)).toHaveLength(0);
    expect(await store().get(name, { offset: 0, length: 5 })).toHaveLength(0);
  });

  it('finds nothing under an unused name', async () => {
    expect(await store().get(freshName())).toBeUndefined();
    expect(await store().get(freshName(), { offset: 0, length: 1 })).toBeUndefined();
  });

  it.each([
    { offset: 0, length: 10, answer: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
    { offset: 3, length: 2, answer: [3, 4] },
    { offset: 9, length: 1, answer: [9] },
    { offset: 8, length: 100, answer: [8, 9] },
    { offset: 10, length: 1, answer: [] },
    { offset: 500, length: 7, answer: [] },
  ])('reads $length bytes from $offset, cut at the end', async ({ offset, length, answer }) => {
    const name = freshName();
    await store().putIfAbsent(name, TEN);

    const part = await store().get(name, { offset, length });

    expect([...(part ?? [])]).toEqual(answer);
  });

  it('removes an object, and what is gone again without complaint', async () => {
    const name = freshName();
    await store().putIfAbsent(name, TEN);

    await store().remove(name);
    await store().remove(name);

    expect(await store().get(name)).toBeUndefined();
    expect(await store().putIfAbsent(name, TEN)).toBe('stored');
  });

  it('tells an object from those below its name', async () => {
    const name = freshName();
    await store().putIfAbsent(`${name}/below`, bytes('below'));
    await store().putIfAbsent(name, bytes('itself'));

    await store().remove(`${name}/below`);

    expect(await store().get(name)).toHaveLength('itself'.length);
    expect(await store().get(`${name}/below`)).toBeUndefined();
  });

  it('keeps objects that were put while their neighbours were removed', async () => {
    const names = Array.from({ length: 20 }, () => freshName('contract/neighbours'));

    await Promise.all(
      names.map(async (name) => {
        await store().putIfAbsent(name, TEN);
        await store().remove(name);
        await store().putIfAbsent(`${name}-again`, TEN);
      }),
    );

    const kept = await Promise.all(names.map((name) => store().get(`${name}-again`)));
    expect(kept.map((content) => content?.length)).toEqual(names.map(() => TEN.length));
  });
}

/** In byte order, and in that of a dictionary. */
const ORDERED = ['a', 'a/0', 'a/a/z', 'a/b', 'a/b/1', 'a/b/2', 'a/c/1', 'a/z', 'a0', 'aa', 'ab/1', 'b', 'b/x', 'c/d/e'];

function describeLists(store: () => ObjectStore): void {
  const folder = freshName();
  const put = async (names: readonly string[]) =>
    Promise.all(names.map((name) => store().putIfAbsent(`${folder}/${name}`, TEN)));
  const list = async (prefix: string, range: { after?: string; limit?: number } = {}) => {
    const after = range.after === undefined ? {} : { after: `${folder}/${range.after}` };
    const names = await store().list(`${folder}/${prefix}`, { limit: range.limit ?? 1_000, ...after });
    return names.map((name) => name.slice(folder.length + 1));
  };

  describe('lists', () => {
    beforeAll(async () => {
      await put(ORDERED);
    });

    it('all names in order', async () => {
      expect(await list('')).toEqual(ORDERED);
      expect([...ORDERED].sort()).toEqual(ORDERED);
    });

    it.each(['a', 'a/', 'a/b', 'a/b/', 'b', 'c', 'd', 'a/b/2'])('the names that start with %s', async (prefix) => {
      expect(await list(prefix)).toEqual(ORDERED.filter((name) => name.startsWith(prefix)));
    });

    it.each(['a', 'a/', 'a/a', 'a/a/z', 'a/b', 'a/b/1', 'a/bz', 'a/zzz', 'zzz'])(
      'what comes after %s',
      async (after) => {
        expect(await list('', { after })).toEqual(ORDERED.filter((name) => name > after));
        expect(await list('a/', { after })).toEqual(ORDERED.filter((name) => name.startsWith('a/') && name > after));
      },
    );

    it('page by page', async () => {
      const pages: string[][] = [];
      for (let page = await list('', { limit: 4 }); page.length > 0; ) {
        pages.push(page);
        page = await list('', { limit: 4, after: page.at(-1) ?? '' });
      }

      expect(pages.flat()).toEqual(ORDERED);
      expect(pages.map((page) => page.length)).toEqual([4, 4, 4, 2]);
    });

    it('nothing below an unused folder', async () => {
      expect(await store().list(`${freshName()}/deep/`, { limit: 10 })).toEqual([]);
    });

    it('no name that was removed', async () => {
      await put(['removed/one', 'removed/two']);

      await store().remove(`${folder}/removed/one`);

      expect(await list('removed/')).toEqual(['removed/two']);
      await store().remove(`${folder}/removed/two`);
    });
  });
}

function describeByteOrder(store: () => ObjectStore): void {
  it('lists names in the order of their bytes', async () => {
    const folder = freshName();
    const ordered = ['a', 'a-b', 'a-b/c', 'a/0', 'a/A/z', 'a/_', 'a/b', 'a/b/1', 'a0', 'aA', 'a_', 'aa'];
    const names = ordered.map((name) => `${folder}/${name}`);
    await Promise.all(names.map((name) => store().putIfAbsent(name, TEN)));

    const pages = await Promise.all(names.map((after) => store().list(`${folder}/a`, { after, limit: 3 })));

    expect(pages).toEqual(names.map((_, index) => names.slice(index + 1, index + 4)));
  });
}

function describeRaces(store: () => ObjectStore): void {
  it('never overwrites an object', async () => {
    const name = freshName();
    await store().putIfAbsent(name, bytes('first'));

    const outcome = await store().putIfAbsent(name, bytes('second'));

    expect(outcome).toBe('exists');
    expect(Buffer.from((await store().get(name)) ?? []).toString()).toBe('first');
  });

  it('lets one of several writers win, as a whole', async () => {
    const name = freshName();
    const contents = Array.from({ length: 8 }, (_, writer) => new Uint8Array(100_000).fill(writer));

    const outcomes = await Promise.all(contents.map((content) => store().putIfAbsent(name, content)));

    const winner = outcomes.indexOf('stored');
    expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1);
    expect(Buffer.compare((await store().get(name)) ?? bytes(''), contents[winner] ?? bytes(''))).toBe(0);
  });
}

function describeKeeping(store: () => ObjectStore): void {
  it('keeps an object that could expire, as it is and as often as one likes', async () => {
    const name = freshName();
    await store().putIfAbsent(name, TEN, { canExpire: true });

    await store().keep(name);
    await store().keep(name);

    expect([...((await store().get(name)) ?? [])]).toEqual([...TEN]);
    expect(await store().putIfAbsent(name, bytes('again'), { canExpire: true })).toBe('exists');
  });

  it('keeps nothing, without complaint, where an object is gone', async () => {
    const name = freshName();

    await store().keep(name);

    expect(await store().get(name)).toBeUndefined();
  });
}
