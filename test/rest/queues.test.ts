import { describe, expect, it } from 'vitest';
import { NO_COUNTS } from '../../src/model/counts.ts';
import { eventually, type QueueAnswer, unusedName } from './rest-client.ts';
import { givenServer } from './server.ts';

const server = givenServer();

const DEFAULTS = { visibilitySeconds: 30, delaySeconds: 0, waitSeconds: 0, rewindSeconds: 604_800, tags: {} };

const create = (name: string, attributes?: object) =>
  server.rest.call<QueueAnswer & { error?: object }>('PUT', `/queues/${name}`, attributes);

describe('a list with counts', () => {
  it('tells of each queue what the queue itself tells, and nothing of counts where nobody asks', async () => {
    const queue = await server.rest.newQueue();
    await queue.send('one', 'two');
    type List = { queues: { name: string; counts?: { ready: number } }[] };

    const counted = await server.rest.call<List>('GET', `/queues?prefix=${queue.name}&counts=true`);
    const plain = await server.rest.call<List>('GET', `/queues?prefix=${queue.name}`);

    expect(counted.body.queues).toMatchObject([{ name: queue.name, counts: { ready: 2 } }]);
    expect(plain.body.queues[0]).not.toHaveProperty('counts');
  });

  it('tells recent counts of each queue and of one, and calls them not exact', async () => {
    const queue = await server.rest.newQueue();
    await queue.send('one', 'two');
    type Counted = { name: string; counts: { ready: number }; countsExact: boolean };

    const list = await server.rest.call<{ queues: Counted[] }>('GET', `/queues?prefix=${queue.name}&counts=recent`);
    const one = await server.rest.call<Counted>('GET', `/queues/${queue.name}?counts=recent`);

    expect(list.body.queues).toMatchObject([{ name: queue.name, counts: { ready: 2 }, countsExact: false }]);
    expect(one.body).toMatchObject({ counts: { ready: 2 }, countsExact: false });
  });
});

describe('a queue', () => {
  it('is created with the defaults when nothing is said', async () => {
    const name = unusedName();

    const created = await create(name);

    expect(created).toMatchObject({ status: 201, body: { name, ...DEFAULTS } });
    expect(created.body).not.toHaveProperty('deadLetter');
    expect(created.body).not.toHaveProperty('shards');
  });

  it('shows every attribute it was created with, and its counts', async () => {
    const deadLetters = await server.rest.newQueue();
    const attributes = {
      visibilitySeconds: 43_200,
      delaySeconds: 86_400 * 365,
      waitSeconds: 20,
      rewindSeconds: 'forever',
      deadLetter: { queue: deadLetters.name, maxReceives: 3 },
      shards: { min: 1, max: 4 },
      tags: { team: 'büro', empty: '' },
    };

    const queue = await server.rest.newQueue(attributes);

    const shown = { name: queue.name, ...attributes, counts: NO_COUNTS, countsExact: true, oldestReadyAgeSeconds: 0 };
    // A busy archiver may not have counted yet.
    await eventually(async () => expect(await queue.show()).toMatchObject(shown));
  });

  it('is found again by creating it with attributes it has', async () => {
    const queue = await server.rest.newQueue({ waitSeconds: 5, tags: { team: 'one' } });

    const again = await create(queue.name, { waitSeconds: 5 });
    const bare = await create(queue.name, {});

    expect(again).toMatchObject({ status: 200, body: { waitSeconds: 5, tags: { team: 'one' } } });
    expect(bare.status).toBe(200);
  });

  it('is not created anew when one attribute differs', async () => {
    const queue = await server.rest.newQueue({ waitSeconds: 5 });

    const refused = await create(queue.name, { visibilitySeconds: 30, waitSeconds: 6 });

    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'queueExists', field: 'waitSeconds' } } });
    expect(await queue.show()).toMatchObject({ waitSeconds: 5 });
  });

  it('is created once by many callers at the same time', async () => {
    const name = unusedName();

    const answers = await Promise.all(Array.from({ length: 8 }, () => create(name, { waitSeconds: 1 })));

    const countOf = (wanted: number) => answers.filter(({ status }) => status === wanted).length;
    expect([countOf(201), countOf(200)]).toEqual([1, 7]);
  });

  it('changes the attributes that a change names, and no others', async () => {
    const queue = await server.rest.newQueue({ waitSeconds: 5, tags: { team: 'one' } });

    const changed = await server.rest.call('PATCH', queue.path, { visibilitySeconds: 7, tags: { team: 'two' } });

    expect(changed).toMatchObject({ status: 200, body: { visibilitySeconds: 7, waitSeconds: 5 } });
    expect(await queue.show()).toMatchObject({ visibilitySeconds: 7, waitSeconds: 5, tags: { team: 'two' } });
  });

  it('loses what a change sets to null', async () => {
    const deadLetters = await server.rest.newQueue();
    const deadLetter = { queue: deadLetters.name, maxReceives: 3 };
    const queue = await server.rest.newQueue({ deadLetter, shards: { min: 1, max: 2 } });

    await server.rest.call('PATCH', queue.path, { deadLetter: null, shards: null });

    const shown = await queue.show();
    expect(shown).not.toHaveProperty('deadLetter');
    expect(shown).not.toHaveProperty('shards');
  });

  it('is gone once deleted, for every call', async () => {
    const queue = await server.rest.newQueue();

    const deleted = await server.rest.call('DELETE', queue.path);

    expect(deleted).toMatchObject({ status: 200, body: { undoUntil: expect.any(String) as string } });
    const calls: [method: string, path: string, body?: object][] = [
      ['GET', ''],
      ['PATCH', '', {}],
      ['DELETE', ''],
      ['POST', '/messages', { messages: [{ body: 'lost' }] }],
      ['GET', '/messages'],
      ['GET', '/messages/unknown'],
      ['POST', '/receive', {}],
      ['POST', '/delete', { receipts: ['unknown'] }],
      ['POST', '/visibility', { receipts: ['unknown'], visibilitySeconds: 1 }],
      ['POST', '/purge', {}],
      ['DELETE', '/purge'],
    ];
    for (const [method, path, body] of calls) {
      const answer = await server.rest.call(method, queue.path + path, body);
      expect(answer, `${method} ${path}`).toMatchObject({ status: 404, body: { error: { code: 'queueNotFound' } } });
    }
  });

  it('comes back within the hour after its deletion', async () => {
    const queue = await server.rest.newQueue({ tags: { team: 'one' } });
    await queue.send('kept');
    const deleted = await server.rest.call<{ undoUntil: string }>('DELETE', queue.path);

    const restored = await server.rest.call('POST', `${queue.path}/restore`);

    expect(Date.parse(deleted.body.undoUntil) - Date.now()).toBeGreaterThan(3_500_000);
    expect(restored).toMatchObject({ status: 200, body: { name: queue.name, tags: { team: 'one' } } });
    expect(await queue.receiveAll(1)).toMatchObject([{ body: 'kept' }]);
    const again = await server.rest.call('POST', `${queue.path}/restore`, {});
    expect(again).toMatchObject({ status: 404, body: { error: { code: 'notFound' } } });
  });

  it('comes back under another name when its own was taken', async () => {
    const queue = await server.rest.newQueue();
    await queue.send('kept');
    await server.rest.call('DELETE', queue.path);
    await create(queue.name);
    const former = unusedName();

    const refused = await server.rest.call('POST', `${queue.path}/restore`, {});
    const restored = await server.rest.call('POST', `${queue.path}/restore`, { as: former });

    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'queueExists' } } });
    expect(restored).toMatchObject({ status: 200, body: { name: former } });
    expect(await queue.counts()).toEqual({});
    const received = await server.rest.call('POST', `/queues/${former}/receive`, {});
    expect(received).toMatchObject({ status: 200, body: { messages: [{ body: 'kept' }] } });
  });

  it('is not deleted while others send their dead letters to it, unless that is forced', async () => {
    const queue = await server.rest.newQueue();
    const source = await server.rest.newQueue({ deadLetter: { queue: queue.name, maxReceives: 3 } });

    const refused = await server.rest.call('DELETE', queue.path);
    const forced = await server.rest.call('DELETE', `${queue.path}?force=true`);

    expect(refused).toMatchObject({
      status: 409,
      body: { error: { code: 'queueInUse', message: expect.stringContaining(source.name) as string } },
    });
    expect(forced).toMatchObject({ status: 200 });
    expect(await server.rest.call('DELETE', queue.path)).toMatchObject({ status: 404 });
    const wrong = await server.rest.call('DELETE', `${source.path}?force=1`);
    expect(wrong).toMatchObject({ status: 400, body: { error: { code: 'invalidField', field: 'force' } } });
  });

  it('created again under its name never sees the old messages', async () => {
    const queue = await server.rest.newQueue();
    await queue.send('old', { body: 'old and delayed', delaySeconds: 1 });
    const [held] = await queue.receiveAll(1);

    await server.rest.call('DELETE', queue.path);
    const created = await create(queue.name);

    expect(created.status).toBe(201);
    expect(await queue.receive({ max: 10, waitSeconds: 2 })).toEqual([]);
    expect(await queue.counts()).toEqual({});
    const deleted = await queue.delete(held?.receipt ?? '');
    expect(deleted).toMatchObject({ deleted: 0, failed: [{ error: { code: 'receiptInvalid' } }] });
  });

  it.each(['a', 'A-Za-z0-9_-', '-', '_'.repeat(80)])('may be called %s', async (start) => {
    const name = `${start}${unusedName()}`.slice(-80);

    const created = await create(name);

    expect(created).toMatchObject({ status: 201, body: { name } });
  });

  it('may be asked for with its name encoded', async () => {
    const queue = await server.rest.newQueue();

    const answer = await server.rest.call('GET', `/queues/${queue.name.replaceAll('t', '%74')}`);

    expect(answer).toMatchObject({ status: 200, body: { name: queue.name } });
  });
});

describe('the list of queues', () => {
  type Page = { queues: { name: string }[]; cursor?: string };

  async function readPages(path: string, cursor?: string): Promise<Page[]> {
    const next = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await server.rest.call<Page>('GET', path + next);
    return body.cursor === undefined ? [body] : [body, ...(await readPages(path, body.cursor))];
  }

  it('names the queues with a prefix, in order, page by page', async () => {
    const prefix = unusedName();
    const names = ['a', 'b', 'c', 'd', 'e'].map((end) => `${prefix}-${end}`);
    for (const name of names.toReversed()) await create(name, { waitSeconds: 3 });

    const pages = await readPages(`/queues?prefix=${prefix}&limit=2`);

    expect(pages.every(({ queues }) => queues.length <= 2)).toBe(true);
    const queues = pages.flatMap((page) => page.queues);
    expect(queues.map(({ name }) => name)).toEqual(names);
    expect(queues[0]).toMatchObject({ ...DEFAULTS, waitSeconds: 3 });
  });

  it('leaves out a queue that was deleted', async () => {
    const prefix = unusedName();
    await create(`${prefix}-gone`);
    await create(`${prefix}-kept`);

    await server.rest.call('DELETE', `/queues/${prefix}-gone`);

    const { body } = await server.rest.call<Page>('GET', `/queues?prefix=${prefix}`);
    expect(body.queues.map(({ name }) => name)).toEqual([`${prefix}-kept`]);
  });

  it('is empty where no name has the prefix', async () => {
    const { body } = await server.rest.call<Page>('GET', `/queues?prefix=${unusedName()}`);

    expect(body).toEqual({ queues: [] });
  });
});
