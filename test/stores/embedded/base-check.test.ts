import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { expect, it, onTestFinished } from 'vitest';
import { faultOfPages } from '../../../src/stores/embedded/base-check.ts';

const PAGE_BYTES = 4_096;

/** The bytes of an lmdb file with values of a length. */
async function givenFile(values: number, valueBytes: number): Promise<Buffer> {
  const directory = mkdtempSync(join(tmpdir(), 'rewindmq-pages-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'store.mdb');
  const root = open({ path, maxDbs: 1, noSync: true, eventTurnBatching: false });
  const table = root.openDB<Uint8Array, string>('table', { encoding: 'binary' });
  root.transactionSync(() => {
    for (let index = 0; index < values; index++) table.putSync(`key ${index}`, Buffer.alloc(valueBytes, 7));
  });
  await root.close();
  return readFileSync(path);
}

function faultOf(file: Buffer, pagesMax: number): { fault: string | undefined; reads: number } {
  let reads = 0;
  const read = (offset: number, length: number): Buffer => {
    reads++;
    return file.subarray(offset, offset + length);
  };
  return { fault: faultOfPages({ bytes: file.length, read }, pagesMax), reads };
}

it.each([
  ['small values', 20_000, 100],
  ['values of many pages', 300, 20_000],
])(
  'finds nothing wrong with a file of %s, and a page that was cut off by the pages above it',
  async (_, count, bytes) => {
    const file = await givenFile(count, bytes);
    expect(faultOf(file, 100_000).fault).toBeUndefined();

    // In a large file only the upper pages are checked.
    const cut = file.subarray(0, file.length - Math.ceil(file.length / 3 / PAGE_BYTES) * PAGE_BYTES);
    const { fault, reads } = faultOf(cut, 20);

    expect(fault).toMatch(/^ends before page \d+$/);
    expect(reads).toBeLessThan(30);
  },
);

it('reads no page of a value, which has a checksum', async () => {
  const file = await givenFile(300, 20_000);

  expect(faultOf(file, 100_000).reads).toBeLessThan(file.length / PAGE_BYTES / 20);
});
