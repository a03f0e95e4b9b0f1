import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sequence } from '../../src/model/change.ts';
import { cellId, type PurgeId, shardId } from '../../src/model/ids.ts';
import { DEFAULT_SETTINGS, type Queue } from '../../src/model/queue.ts';
import { instantText } from '../../src/model/sortable-text.ts';
import { NO_TOTALS, type TotalsRecord } from '../../src/model/totals.ts';
import type { Catalog } from '../../src/ports/catalog.ts';
import { at, freshQueueId } from '../support/ids.ts';
import { freshName, plainQueue } from '../support/queues.ts';
import { describeQueueVersions } from './queue-versions.ts';

export interface OpenCatalog {
  readonly catalog: Catalog;
  close(): Promise<void>;
}

/** Every catalog's promises, on one adapter. It is opened once and may hold other records. */
export function catalogContract(name: string, open: () => Promise<OpenCatalog>): void {
  describe(`catalog contract: ${name}`, () => {
    let opened: OpenCatalog;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => opened.close());

    describeRecords(() => opened.catalog);
    describeVersions(() => opened.catalog);
    describeQueueVersions(() => opened.catalog);
    describeLists(() => opened.catalog);
  });
}

function describeRecords(catalog: () => Catalog): void {
  it('keeps every field of a queue', async () => {
    const queue = fullQueue(freshName());

    const outcome = await catalog().tryPut('queue', queue.name, queue, 0);

    expect(outcome).toBe('done');
    const stored = await catalog().get('queue', queue.name);
    expect(stored).toEqual({ name: queue.name, value: queue, version: stored?.version });
    expect(stored?.version).toBeGreaterThan(0);
  });

  it('keeps a queue without what is optional', async () => {
    const queue = plainQueue(freshName());

    await catalog().tryPut('queue', queue.name, queue, 0);

    expect((await catalog().get('queue', queue.name))?.value).toEqual(queue);
  });

  it('keeps totals under a name with a slash', async () => {
    const name = `${freshQueueId()}/${shardId(cellId(0), 3)}`;
    const totals: TotalsRecord = {
      ...NO_TOTALS,
      sent: 2 ** 50,
      neverLeased: -3,
      sequence: sequence('123456789012345678901234567890'),
      asOfMs: at(9),
      repeats: [[sequence('1'), sequence('2')]],
    };

    await catalog().tryPut('totals', name, totals, 0);

    expect((await catalog().get('totals', name))?.value).toEqual(totals);
  });

  it('keeps kinds apart', async () => {
    const queue = plainQueue(freshName());
    await catalog().tryPut('queue', queue.name, queue, 0);

    expect(await catalog().get('deletedQueue', queue.name)).toBeUndefined();
    expect(await catalog().tryRemove('deletedQueue', queue.name, 1)).toBe('lost');
    expect(await catalog().tryPut('deletedQueue', queue.name, { ...queue, deletedAtMs: at(1) }, 0)).toBe('done');
    expect((await catalog().get('queue', queue.name))?.value).toEqual(queue);
  });

  it('finds nothing under a name that was never written, or is longer or shorter than one', async () => {
    const queue = plainQueue(freshName());
    await catalog().tryPut('queue', queue.name, queue, 0);

    expect(await catalog().get('queue', `${queue.name}x`)).toBeUndefined();
    expect(await catalog().get('queue', queue.name.slice(0, -1))).toBeUndefined();
  });
}

function describeVersions(catalog: () => Catalog): void {
  it('gives each write another version', async () => {
    const name = freshName();
    const versions: number[] = [];

    for (let write = 0; write < 3; write++) {
      await catalog().tryPut('queue', name, plainQueue(name), versions.at(-1) ?? 0);
      versions.push((await catalog().get('queue', name))?.version ?? 0);
    }

    expect(new Set(versions).size).toBe(3);
    expect(versions).not.toContain(0);
  });

  it('refuses to create what is there', async () => {
    const queue = plainQueue(freshName());
    await catalog().tryPut('queue', queue.name, queue, 0);

    const outcome = await catalog().tryPut('queue', queue.name, plainQueue(queue.name), 0);

    expect(outcome).toBe('lost');
    expect((await catalog().get('queue', queue.name))?.value).toEqual(queue);
  });

  it('refuses an older version, a newer one, and one of a record that is not there', async () => {
    const queue = plainQueue(freshName());
    await catalog().tryPut('queue', queue.name, queue, 0);
    const first = (await catalog().get('queue', queue.name))?.version ?? 0;
    await catalog().tryPut('queue', queue.name, queue, first);
    const second = (await catalog().get('queue', queue.name))?.version ?? 0;

    expect(await catalog().tryPut('queue', queue.name, plainQueue(queue.name), first)).toBe('lost');
    expect(await catalog().tryPut('queue', queue.name, plainQueue(queue.name), second + 1_000_000)).toBe('lost');
    expect(await catalog().tryPut('queue', freshName(), queue, second)).toBe('lost');
    expect(await catalog().get('queue', queue.name)).toEqual({ name: queue.name, value: queue, version: second });
  });

  it('removes the version it is told and no other', async () => {
    const queue = plainQueue(freshName());
    await catalog().tryPut('queue', queue.name, queue, 0);
    const version = (await catalog().get('queue', queue.name))?.version ?? 0;

    expect(await catalog().tryRemove('queue', queue.name, version + 1_000_000)).toBe('lost');
    expect(await catalog().tryRemove('queue', queue.name, version)).toBe('done');
    expect(await catalog().tryRemove('queue', queue.name, version)).toBe('lost');
    expect(await catalog().get('queue', queue.name)).toBeUndefined();
  });

  it('lets a removed name be created again', async () => {
    const queue = plainQueue(freshName());
    await catalog().tryPut('queue', queue.name, queue, 0);
    await catalog().tryRemove('queue', queue.name, (await catalog().get('queue', queue.name))?.version ?? 0);
    const another = plainQueue(queue.name);

    const outcome = await catalog().tryPut('queue', queue.name, another, 0);

    expect(outcome).toBe('done');
    expect((await catalog().get('queue', queue.name))?.value).toEqual(another);
  });

  it('lets one of several callers win', async () => {
    const name = freshName();
    const queues = Array.from({ length: 8 }, () => plainQueue(name));

    const created = await Promise.all(queues.map((queue) => catalog().tryPut('queue', name, queue, 0)));
    const version = (await catalog().get('queue', name))?.version ?? 0;
    const changed = await Promise.all(queues.map((queue) => catalog().tryPut('queue', name, queue, version)));
    const winner = queues[changed.indexOf('done')];

    expect([...created].sort()).toEqual(['done', ...Array(7).fill('lost')]);
    expect([...changed].sort()).toEqual(['done', ...Array(7).fill('lost')]);
    expect((await catalog().get('queue', name))?.value).toEqual(winner);
  });
}

function describeLists(catalog: () => Catalog): void {
  const given = async (names: readonly string[]): Promise<void> => {
    await Promise.all(names.map((name) => catalog().tryPut('queue', name, plainQueue(name), 0)));
  };
  const listNames = async (range: Parameters<Catalog['list']>[1]): Promise<string[]> =>
    (await catalog().list('queue', range)).map(({ name }) => name);

  it('lists names in character order with their records', async () => {
    const prefix = freshName();
    const endings = ['b', 'a', 'B', '_', '-', '0', 'a0', 'a-'];
    await given(endings.map((ending) => prefix + ending));

    const listed = await catalog().list('queue', { prefix, limit: 100 });

    expect(listed.map(({ name }) => name.slice(prefix.length))).toEqual(['-', '0', 'B', '_', 'a', 'a-', 'a0', 'b']);
    for (const stored of listed) expect(stored).toEqual(await catalog().get('queue', stored.name));
  });

  it('continues after a name, with at most the given number', async () => {
    const prefix = freshName();
    await given(['1', '2', '3', '4', '5'].map((ending) => prefix + ending));

    const first = await listNames({ prefix, limit: 2 });
    const second = await listNames({ prefix, after: `${prefix}2`, limit: 2 });
    const rest = await listNames({ prefix, after: `${prefix}44`, limit: 2 });

    expect(first).toEqual([`${prefix}1`, `${prefix}2`]);
    expect(second).toEqual([`${prefix}3`, `${prefix}4`]);
    expect(rest).toEqual([`${prefix}5`]);
  });

  it('keeps to the records of one owner', async () => {
    const owner = freshName();
    await given([`${owner}/b`, `${owner}/a`, `${owner}/a/b`, `${owner}-/c`, `${owner}0/d`, owner]);

    expect(await listNames({ prefix: `${owner}/`, limit: 10 })).toEqual(
      ['a', 'a/b', 'b'].map((rest) => `${owner}/${rest}`),
    );
    expect(await listNames({ prefix: `${owner}/`, after: `${owner}/a`, limit: 1 })).toEqual([`${owner}/a/b`]);
    expect(await listNames({ prefix: `${owner}/`, after: `${owner}/b`, limit: 1 })).toEqual([]);
  });

  it('lists a kind from its beginning when no prefix is given, page after page', async () => {
    const names = Array.from({ length: 7 }, () => freshName());
    await given(names);

    const listed: string[] = [];
    for (let page = await listNames({ limit: 5 }); page.length > 0; ) {
      listed.push(...page);
      page = await listNames({ after: page.at(-1) ?? '', limit: 5 });
    }

    expect(listed).toEqual([...new Set(listed)].sort());
    expect(listed).toEqual(expect.arrayContaining(names));
  });

  it('starts at the prefix when what it comes after lies before that', async () => {
    const prefix = freshName();
    await given([`${prefix}1`]);

    expect(await listNames({ prefix, after: '-', limit: 10 })).toEqual([`${prefix}1`]);
  });

  it('fills a page of 300 although records are large', async () => {
    const prefix = freshName();
    const names = Array.from({ length: 300 }, (_, index) => `${prefix}/${String(index).padStart(3, '0')}`);
    const tags = { note: 'n'.repeat(5_000) };
    const settings = { ...DEFAULT_SETTINGS, tags };
    const large = (name: string) => ({ ...plainQueue(name), settings, deletedAtMs: at(1) });
    await Promise.all(names.map((name) => catalog().tryPut('deletedQueue', name, large(name), 0)));

    const listed = await catalog().list('deletedQueue', { prefix, limit: 1_000 });
    expect(listed.map(({ name }) => name)).toEqual(names);
  });
}

const fullQueue = (name: string): Queue => {
  const queue = plainQueue(name);
  const drained = {
    id: shardId(cellId(1), 7),
    state: 'draining',
    sinceMs: at(1),
    fromMs: at(2),
  } as const;
  return {
    ...queue,
    settings: {
      visibilityMs: 0,
      delayMs: 2 ** 45,
      waitMs: 20_000,
      rewindMs: 'forever',
      deadLetter: { queue: 'dead', maxReceives: 5 },
      shards: { min: 1, max: 64 },
      tags: { team: 'überweisung 💶', empty: '' },
    },
    route: { version: 9, shards: [...queue.route.shards, drained] },
    lastPurge: (instantText(at(3)) + 'last') as PurgeId,
    purgedForGoodMs: at(2),
    deletedAtMs: at(5),
  };
};
