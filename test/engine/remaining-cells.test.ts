import { describe, expect, it } from 'vitest';
import { deleteMessages, findMessage, type QueueService, receive, send } from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import { cellId, cellOfShard } from '../../src/model/ids.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { controlOnce, KnownTables, queueNamed, shardsOf } from '../support/controlling.ts';
import { given, type World } from '../support/given.ts';

const REMOVED = cellId(0);
const OPEN = cellId(1);
const LARGE = 'x'.repeat(2_000);

const sendTo = (service: QueueService, body: string) =>
  send(service, { queue: 'orders', messages: [{ body, attributes: NO_ATTRIBUTES }] });

/** A process of the deployment without the removed cell; `isEmpty`: the controller had found it empty. */
async function without(world: World, isEmpty: boolean): Promise<QueueService> {
  const { catalog } = world.service;
  const status = { openShards: 0, drainingShards: 0, ...(isEmpty ? { emptySinceMs: 1 as EpochMs } : {}) };
  const stored = await catalog.get('cell', REMOVED);
  await catalog.tryPut('cell', REMOVED, status, stored?.version ?? 0);
  return world.process({ cells: [OPEN], removedCells: [REMOVED] });
}

describe('a cell that was removed when it was empty', () => {
  it('is passed over by sends and receives of a route that still names it, until that is changed', async () => {
    const world = await given({ settings: { cells: [REMOVED, OPEN], shardsPerQueue: 2 } });
    const left = await without(world, true);

    const sent = await Promise.all(Array.from({ length: 8 }, (_, number) => sendTo(left, String(number))));
    const received = await receive(left, { queue: 'orders', max: 1_000, waitMs: 0 });
    await controlOnce(left, new KnownTables());

    expect(sent.flat().filter((outcome) => 'error' in outcome)).toEqual([]);
    expect(received.map(({ body }) => body).toSorted()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
    expect((await shardsOf(world)).map(cellOfShard)).toEqual([OPEN, OPEN]);
    world.clock.advance(60_000);
    await controlOnce(left, new KnownTables());
    expect((await queueNamed(world)).route.shards.map(({ id }) => cellOfShard(id))).toEqual([OPEN, OPEN]);
  });

  it('answers receipts as stale once their time is over, and finds in the archive what was deleted there', async () => {
    const world = await given({ settings: { cells: [REMOVED] } });
    const [id = ''] = await world.send([LARGE]);
    const messages = await world.receive();
    await world.delete(messages);
    await world.settle();
    world.clock.advance(86_400_000);
    const left = await without(world, true);

    const outcomes = await deleteMessages(left, { queue: 'orders', receipts: messages.map(({ receipt }) => receipt) });
    const found = await findMessage(left, { queue: 'orders', id });

    expect(outcomes).toEqual(['stale']);
    expect(found).toMatchObject({ message: { id, state: 'deleted' } });
  });

  it('is rewound from, as the archive holds what was deleted there', async () => {
    const world = await given({
      settings: { cells: [REMOVED, OPEN], shardsPerQueue: 2 },
      sent: ['a', LARGE, 'b', 'c'],
    });
    await world.consume();
    await world.settle();
    const left = await without(world, true);
    await controlOnce(left, new KnownTables());
    world.clock.advance(60_000);
    await controlOnce(left, new KnownTables());

    await world.rewind();
    const received = await receive(left, { queue: 'orders', max: 1_000, waitMs: 0 });

    expect(received.map(({ body }) => body).toSorted()).toEqual(['a', 'b', 'c', LARGE]);
  });
});

describe('a cell that was removed before it was empty', () => {
  it('loses nothing: what may lie there is refused, and there again when the cell is put back', async () => {
    const world = await given({ settings: { cells: [REMOVED] }, sent: ['kept', LARGE] });
    const messages = await world.receive({ max: 1 });
    const left = await without(world, false);
    const refused = { code: 'Unavailable', message: 'cell 0 was removed before it was found empty: put it back' };

    await expect(receive(left, { queue: 'orders', max: 1, waitMs: 0 })).rejects.toMatchObject(refused);
    const receipts = messages.map(({ receipt }) => receipt);
    expect(await deleteMessages(left, { queue: 'orders', receipts })).toEqual(['unavailable']);
    await controlOnce(left, new KnownTables());
    world.clock.advance(60_000);
    await expect(controlOnce(left, new KnownTables())).rejects.toMatchObject(refused);
    expect(await sendTo(left, 'new')).toMatchObject([{ id: expect.any(String) }]);

    expect(await world.consume()).toEqual(['kept', 'new', LARGE].toSorted());
  });
});
