import { describe, expect, it } from 'vitest';
import { givenServer } from './server.ts';

const server = givenServer();

interface RouteAnswer {
  readonly version: number;
  readonly shards: { readonly id: string; readonly cell: string; readonly state: string; readonly from?: string }[];
  readonly load: Readonly<Record<string, number>>;
  readonly planned: { readonly kind: string; readonly what: string; readonly cause: string }[];
  readonly decisions: object[];
}

describe('the route of a queue', () => {
  it('shows its shards, what they take, and what was changed and will be', async () => {
    const { name } = await server.rest.newQueue();

    const { status, body } = await server.rest.call<RouteAnswer>('GET', `/queues/${name}/route`);

    expect(status).toBe(200);
    expect(body).toMatchObject({ name, version: 1, planned: [], decisions: [] });
    expect(body.shards[0]).toMatchObject({ state: 'open', throttlesPerSecond: 0 });
    expect(body.load).toEqual({
      writeUnitsPerSecond: 0,
      readUnitsPerSecond: 0,
      messagesPerSecond: 0,
      lostClaimsPerSecond: 0,
    });
  });

  it('shows what a minimum will change, and why', async () => {
    const queue = await server.rest.newQueue({ shards: { min: 1, max: 4 } });
    await server.rest.call('PATCH', `/queues/${queue.name}`, { shards: { min: 3, max: 4 } });

    const { body } = await server.rest.call<RouteAnswer>('GET', `/queues/${queue.name}/route`);

    expect(body.planned).toMatchObject([{ kind: 'split' }]);
    expect(body.planned[0]?.cause).toMatch(/^the queue has [12] shards, at least 3$/);
    expect(body.planned[0]?.what).toMatch(/^adds [12] shards in cells /);
  });

  it('shows from when on old shards are received from after a purge', async () => {
    const queue = await server.rest.newQueue();
    await server.rest.call('POST', `/queues/${queue.name}/purge`, {});

    const { body } = await server.rest.call<RouteAnswer>('GET', `/queues/${queue.name}/route`);

    expect(new Set(body.shards.map(({ state }) => state))).toEqual(new Set(['open', 'draining']));
    expect(body.shards.at(-1)?.from).toMatch(/^\d{4}-.*Z$/);
  });

  it('is refused where there is no such queue, and where bounds contradict each other', async () => {
    const queue = await server.rest.newQueue({ shards: { min: 2, max: 4 } });

    const unknown = await server.rest.call('GET', '/queues/nobody/route');
    const wrong = await server.rest.call('PATCH', `/queues/${queue.name}`, { shards: { min: 5, max: 4 } });
    const { body } = await server.rest.call<RouteAnswer>('GET', `/queues/${queue.name}/route`);

    expect(unknown).toMatchObject({ status: 404, body: { error: { code: 'queueNotFound' } } });
    expect(wrong).toMatchObject({ status: 400, body: { error: { code: 'invalidField', field: 'shards.max' } } });
    expect(body).toMatchObject({ version: 1, planned: [] });
  });
});

describe('the cells', () => {
  it('show their state, their shards and what they take', async () => {
    const { status, body } = await server.rest.call<{ cells: object[] }>('GET', '/cells');

    expect(status).toBe(200);
    expect(body.cells.length).toBeGreaterThanOrEqual(1);
    expect(body.cells[0]).toMatchObject({
      id: 'c--',
      number: 0,
      state: 'open',
      removable: false,
      why: 'it is open; leavingCells does not name it',
      load: {
        writeUnitsPerSecond: expect.any(Number),
        readUnitsPerSecond: expect.any(Number),
        throttlesPerSecond: expect.any(Number),
        failuresPerSecond: expect.any(Number),
      },
      decisions: [],
    });
  });
});
