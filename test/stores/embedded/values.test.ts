import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { expect, it, onTestFinished } from 'vitest';
import { Values } from '../../../src/stores/embedded/values.ts';

/** Around the sizes at which the library changes its buffers; downwards too, because it keeps the largest. */
const LENGTHS = [0, 1, 100, 2_000, 4_091, 4_092, 32_763, 32_764, 32_765, 100_000, 1_000_000];
/** A small value may share a pool of the runtime, never the library's own buffer. */
const POOL_BYTES_MAX = 65_536;

function given() {
  const directory = mkdtempSync(join(tmpdir(), 'rewindmq-values-'));
  const root = open({ path: join(directory, 'store.mdb'), maxDbs: 1, noSync: true, eventTurnBatching: false });
  onTestFinished(async () => {
    await root.close();
    rmSync(directory, { recursive: true });
  });
  const damaged: string[] = [];
  const values = new Values(root, 'values', (what) => damaged.push(what));
  root.transactionSync(() => {
    for (const length of LENGTHS) values.put(keyOf(length), contentOf(length));
  });
  return { root, values, damaged };
}

const keyOf = (length: number): string => String(length).padStart(9, '0');
const contentOf = (length: number): Buffer => Buffer.alloc(length, (length % 251) + 1);

it('hands over exactly what was stored, in memory of its own', async () => {
  const { values, damaged } = given();
  const lengths = [...LENGTHS, ...LENGTHS.toReversed()];

  const got = lengths.map((length) => values.get(keyOf(length)));
  const listed = Array.from(values.range('0', undefined), ({ value }) => value);

  for (const [index, bytes] of [...got, ...listed].entries()) {
    const length = [...lengths, ...LENGTHS][index] as number;
    expect(bytes?.byteLength).toBe(length);
    expect(Buffer.compare(bytes as Uint8Array, contentOf(length))).toBe(0);
    expect(bytes?.buffer.byteLength).toBeLessThanOrEqual(Math.max(POOL_BYTES_MAX, length + 4));
  }
  expect(damaged).toEqual([]);
});

it('sets aside by itself, and names, a value that is no longer what was stored', () => {
  const { root, values, damaged } = given();
  const stored = root.openDB<Uint8Array, string>('values', { encoding: 'binary' });
  const bytes = Buffer.from(stored.get(keyOf(100)) as Uint8Array);
  bytes.writeUInt8(7, 50);
  root.transactionSync(() => {
    stored.putSync(keyOf(100), bytes);
    stored.putSync(keyOf(1), stored.get(keyOf(2_000)) as Uint8Array);
  });

  const found = [...values.range('0', undefined)].map(({ value }) => value.length);

  expect(found).toEqual(LENGTHS.filter((length) => length !== 100 && length !== 1));
  expect(values.get(keyOf(100))).toBeUndefined();
  expect(damaged).toEqual(['values 000000001', 'values 000000100', 'values 000000100']);
});
