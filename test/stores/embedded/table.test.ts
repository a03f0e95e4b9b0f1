import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Base } from '../../../src/stores/embedded/base.ts';
import { Table } from '../../../src/stores/embedded/table.ts';
import { SeededRandom } from '../../../src/stores/simulated/seeded-random.ts';

async function givenTable() {
  const directory = mkdtempSync(join(tmpdir(), 'rewindmq-table-'));
  const base = await Base.open(join(directory, 'store.mdb'), 'none', () => {});
  onTestFinished(async () => {
    await base.close();
    rmSync(directory, { recursive: true });
  });
  const values = base.values('table');
  return { base, values, table: new Table(values, () => {}) };
}

it('reads as one, whatever is in memory, on its way down or below', async () => {
  const { base, values, table } = await givenTable();
  const random = new SeededRandom(7);
  const model = new Map<string, string>();
  let writing: Promise<void> | undefined;

  for (let step = 0; step < 6_000; step++) {
    const key = `k${String(random.between(0, 700)).padStart(3, '0')}`;
    if (random.chance(0.55)) {
      table.put(key, Buffer.from(`v${step}`));
      model.set(key, `v${step}`);
    } else {
      table.remove(key);
      model.delete(key);
    }
    if (step % 400 === 0) {
      await writing;
      const rows = table.freeze();
      writing = (async () => {
        for (const write of base.checkpointSteps([{ values, rows }], step + 1)) await write();
        table.thaw();
      })();
    }
    if (step % 97 === 0) {
      await new Promise(setImmediate);
      const [from, to] = ['k100', `k${String(random.between(100, 900)).padStart(3, '0')}`];
      const expected = [...model].filter(([each]) => each >= from && each < to).toSorted(byKey);
      const found = Array.from(table.range({ start: from, end: to }), (item) => [item.key, String(item.value)]);
      expect(found, `step ${step}`).toEqual(expected);
      expect(table.get(key)?.toString(), `step ${step}`).toBe(model.get(key));
    }
  }
  await writing;
});

const byKey = ([one]: readonly [string, string], [other]: readonly [string, string]): number => (one < other ? -1 : 1);

it('leaves nothing of what came and went between two checkpoints', async () => {
  const { table } = await givenTable();
  for (let count = 0; count < 1_000; count++) table.put(`k${count}`, Buffer.from('v'));
  for (let count = 0; count < 1_000; count++) table.remove(`k${count}`);

  expect(table.freeze().size).toBe(0);
});

it('remembers the removal of what lies below', async () => {
  const { base, values, table } = await givenTable();
  table.put('k', Buffer.from('v'));
  for (const write of base.checkpointSteps([{ values, rows: table.freeze() }], 1)) await write();
  table.thaw();

  table.remove('k');

  expect(table.get('k')).toBeUndefined();
  expect([...table.range({ start: 'a' })]).toEqual([]);
  expect([...table.freeze()]).toEqual([['k', expect.objectContaining({ value: undefined })]]);
});
