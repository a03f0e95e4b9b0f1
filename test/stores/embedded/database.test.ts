import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sequence } from '../../../src/model/change.ts';
import { QueueError } from '../../../src/model/errors.ts';
import { blockId, keyAfter, keyFrom } from '../../../src/model/ids.ts';
import { NO_TOTALS, type TotalsRecord } from '../../../src/model/totals.ts';
import { openEmbeddedDatabase } from '../../../src/stores/embedded/database.ts';
import { ManualClock } from '../../support/clock.ts';
import { blockPlacement, inlineDelivery, leasedDelivery } from '../../support/deliveries.ts';
import { at, freshKey, freshOrigin, freshShard, START_MS } from '../../support/ids.ts';
import { type FreshDatabase, openInFreshDirectory, reopen } from './fresh-database.ts';

const TOTALS: TotalsRecord = { ...NO_TOTALS, sequence: sequence('1'), asOfMs: at(0), repeats: [] };

const opened: FreshDatabase[] = [];
const open = async (...options: Parameters<typeof openInFreshDirectory>): Promise<FreshDatabase> => {
  const fresh = await openInFreshDirectory(...options);
  opened.push(fresh);
  return fresh;
};
afterEach(async () => {
  for (const fresh of opened.splice(0)) await fresh.close();
});

describe('a flush that is held back', () => {
  it('keeps back every answer to a write, while reads go on', async () => {
    const gate = new Gate();
    const { database } = await open({ durability: 'synced', afterFlush: () => gate.pass() });
    const shard = freshShard();
    const [kept, gone] = [leasedDelivery(freshKey(1)), leasedDelivery(freshKey(2))];
    await database.shards.put([kept, gone].map((delivery) => ({ shard, delivery })));
    gate.close();

    const sent = inlineDelivery(freshKey(3));
    const answered: string[] = [];
    const writes = [
      database.shards.put([{ shard, delivery: sent }]).then(() => answered.push('put')),
      database.shards.tryMark(shard, kept.key, { acked: [0] }, {}).then(() => answered.push('mark')),
      database.shards.tryRemove(shard, gone.key, {}).then(() => answered.push('remove')),
      database.shards.tryRemove(shard, gone.key, {}).then(() => answered.push('refusal')),
      database.shards.removeBlocks([blockId(freshOrigin())]).then(() => answered.push('removeBlocks')),
      database.catalog.tryPut('totals', 'name', TOTALS, 0).then(() => answered.push('catalog')),
      database.ledger.addProgress(blockId(freshOrigin()), [1]).then(() => answered.push('ledger')),
    ];
    await gate.reached();
    const page = await database.shards.list(shard, { ...ALL, limit: 10 });
    const answeredBefore = [...answered];
    gate.open();
    await Promise.all(writes);

    expect(page.deliveries.map(({ key }) => key)).toEqual([kept.key, sent.key]);
    expect(answeredBefore).toEqual([]);
    expect(answered).toHaveLength(writes.length);
  });

  it('gathers what comes meanwhile into one commit', async () => {
    const gate = new Gate();
    const { database } = await open({ afterFlush: () => gate.pass() });
    const put = () => database.shards.put([{ shard: freshShard(), delivery: inlineDelivery(freshKey(0)) }]);
    gate.close();
    const first = put();
    await gate.reached();

    const others = Array.from({ length: 100 }, put);
    gate.open();
    await Promise.all([first, ...others]);

    expect(gate.passes).toBe(2);
  });
});

describe('a database opened again', () => {
  it('has everything it had', async () => {
    const fresh = await open({ durability: 'synced' });
    const shard = freshShard();
    const placement = blockPlacement(shard, freshKey(1));
    const [block, from, to] = [blockId(freshOrigin()), freshKey(2), freshKey(3)];
    await fresh.database.shards.put([placement]);
    await fresh.database.shards.tryMark(shard, placement.delivery.key, { acked: [3] }, {});
    await fresh.database.catalog.tryPut('totals', 'q/1', TOTALS, 0);
    const record = await fresh.database.catalog.get('totals', 'q/1');
    await fresh.database.ledger.addRedirect(shard, from, new Map([[2, { key: to, index: 1 }]]), at(1_000_000));
    await fresh.database.ledger.addProgress(block, [1, 2]);

    const { shards, catalog, ledger } = await reopen(fresh);

    const marks = { acked: new Set([3]), edition: 1 };
    expect(await shards.get(shard, placement.delivery.key)).toEqual({ ...placement.delivery, ...marks });
    expect((await shards.getBlocks([placement.block.id])).get(placement.block.id)).toEqual(placement.block);
    expect(await catalog.get('totals', 'q/1')).toEqual(record);
    expect(await ledger.redirect(shard, from)).toEqual(new Map([[2, { key: to, index: 1 }]]));
    expect(await ledger.progress(block)).toEqual(new Set([1, 2]));
  });

  it('gives a record that is created again a new version', async () => {
    const fresh = await open();
    await fresh.database.catalog.tryPut('totals', 'q/1', TOTALS, 0);
    const before = await fresh.database.catalog.get('totals', 'q/1');
    await fresh.database.catalog.tryRemove('totals', 'q/1', before?.version ?? 0);
    fresh.clock.advance(1);

    const { catalog } = await reopen(fresh);
    await catalog.tryPut('totals', 'q/1', TOTALS, 0);

    expect((await catalog.get('totals', 'q/1'))?.version).toBeGreaterThan(before?.version ?? 0);
  });
});

describe('a closed database', () => {
  it('has answered the calls under way, and takes no more', async () => {
    const { database } = await open();
    const shard = freshShard();
    const underWay = database.shards.put([{ shard, delivery: inlineDelivery(freshKey(0)) }]);

    await database.close();

    expect(await underWay).toEqual(['stored']);
    expect(await database.shards.put([{ shard, delivery: inlineDelivery(freshKey(0)) }])).toEqual(['unclear']);
    expect(await database.shards.tryRemove(shard, freshKey(0), {})).toEqual({ outcome: 'unclear' });
    await expect(database.shards.removeBlocks([blockId(freshOrigin())])).rejects.toThrow(QueueError);
  });
});

describe('the lock of a data directory', () => {
  const clock = new ManualClock(START_MS);
  const openIn = (directory: string) => openEmbeddedDatabase({ directory, clock, durability: 'none' });

  it('refuses a directory that this process has open, naming both', async () => {
    const { directory } = await open();

    const second = openIn(directory);

    await expect(second).rejects.toThrow(`the data directory ${directory} is in use by process ${process.pid}`);
    await expect(second).rejects.toMatchObject({ code: 'Unavailable' });
  });

  it('is given up by a database that cannot be opened', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'rewindmq-'));
    mkdirSync(join(directory, 'store.mdb'));
    await expect(openIn(directory)).rejects.toThrow('store.mdb is there, store.json is missing');
    rmSync(join(directory, 'store.mdb'), { recursive: true });

    const database = await openIn(directory);

    await database.close();
    rmSync(directory, { recursive: true });
  });

  it('is not held by what a process that died has left', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'rewindmq-'));
    writeFileSync(join(directory, 'lock'), `process ${process.pid} on here`);

    const database = await openIn(directory);

    await database.close();
    rmSync(directory, { recursive: true });
  });
});

/** A flush waits here while it is closed. */
class Gate {
  passes = 0;
  #held: Promise<void> | undefined;
  #release = () => {};
  #arrive = () => {};
  #arrival: Promise<void> = Promise.resolve();

  close(): void {
    this.#held = new Promise((resolve) => (this.#release = resolve));
    this.#arrival = new Promise((resolve) => (this.#arrive = resolve));
  }

  open(): void {
    this.#held = undefined;
    this.#release();
  }

  /** Resolves when a flush waits at the closed gate. */
  reached(): Promise<void> {
    return this.#arrival;
  }

  async pass(): Promise<void> {
    this.#arrive();
    await this.#held;
    this.passes++;
  }
}

const ALL = { from: keyFrom(at(0)), before: keyAfter(at(1_000)), isConsistent: true };
