import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { expect, it, onTestFinished } from 'vitest';
import { openValues, type Values } from '../../../src/stores/embedded/values.ts';

/** Around the sizes at which the library changes its buffers; down again too, since it keeps the largest. */
const LENGTHS = [0, 1, 100, 2_000, 4_095, 4_096, 32_767, 32_768, 32_769, 100_000, 1_000_000];
/** A small value may share a pool of the runtime, never the library's own buffer. */
const POOL_BYTES_MAX = 65_536;

async function filled(): Promise<Values<number>> {
  const directory = mkdtempSync(join(tmpdir(), 'rewindmq-values-'));
  const root = open({ path: join(directory, 'store.mdb'), maxDbs: 1, noSync: true, eventTurnBatching: false });
  onTestFinished(async () => {
    await root.close();
    rmSync(directory, { recursive: true });
  });
  const values = openValues<number>(root, 'values');
  root.transactionSync(() => {
    for (const length of LENGTHS) values.putSync(length, contentOf(length));
  });
  return values;
}

const contentOf = (length: number): Buffer => Buffer.alloc(length, (length % 251) + 1);

it('hands over exactly what was stored, in memory of its own', async () => {
  const values = await filled();
  const lengths = [...LENGTHS, ...LENGTHS.toReversed()];

  const got = lengths.map((length) => values.get(length));
  const listed = Array.from(values.getRange({}), ({ value }) => value);

  for (const [index, bytes] of [...got, ...listed].entries()) {
    const length = [...lengths, ...LENGTHS][index] as number;
    expect(bytes?.byteLength).toBe(length);
    expect(Buffer.compare(bytes as Uint8Array, contentOf(length))).toBe(0);
    expect(bytes?.buffer.byteLength).toBeLessThanOrEqual(Math.max(POOL_BYTES_MAX, length));
  }
});
