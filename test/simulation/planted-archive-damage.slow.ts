import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Ports } from '../../src/engine/index.ts';
import { OpenSlice } from '../../src/engine/memory/slice-reader.ts';
import { decodeArchiveIndex } from '../../src/model/archive-object.ts';
import type { RewindJob } from '../../src/model/rewind.ts';
import type { Catalog } from '../../src/ports/catalog.ts';
import type { ObjectStore } from '../../src/ports/object-store.ts';
import { isNoticed } from './first-broken.ts';
import { replaced } from './replaced.ts';

const DAMAGED = { isDamaged: true } as const;

/** Puts something between the engine and what it reads of objects. */
const reading =
  (change: (bytes: Uint8Array, whole: Uint8Array) => Uint8Array | undefined) =>
  (ports: Ports): Ports => {
    const { objects } = ports;
    const get: ObjectStore['get'] = async (name, range) => {
      const bytes = await objects.get(name, range);
      const whole = bytes && name.startsWith('archive/') ? await objects.get(name) : undefined;
      return bytes === undefined || whole === undefined ? bytes : change(bytes, whole);
    };
    return { ...ports, objects: replaced(objects, { get }) };
  };

/** The slice that the bytes are; `undefined` when they are something else, or its head is damaged. */
function sliceIn(bytes: Uint8Array): OpenSlice | undefined {
  try {
    return new OpenSlice(bytes);
  } catch {
    return undefined;
  }
}

/** A slice as if nobody had compared the checksums of its payloads. */
function resealed(bytes: Uint8Array): Uint8Array {
  const { head } = sliceIn(bytes) ?? {};
  if (head === undefined) return bytes;
  const copy = Buffer.from(bytes);
  let start = head.headBytes;
  for (const { bytes: length } of head.chunks) {
    const packed = copy.subarray(start, start + length);
    if (length > 5) packed.writeUInt32BE(crc32(packed.subarray(5), packed[0]), 1);
    start += length;
  }
  return copy;
}

/** Whether every message of an object can be read. */
const isIntact = (whole: Uint8Array): boolean =>
  decodeArchiveIndex(whole).slices.every(({ offset, length, messageCount }) => {
    const slice = sliceIn(whole.subarray(offset, offset + length));
    return slice?.contents(0, messageCount - 1).size === messageCount;
  });

describe('the witness of a damaged archive', () => {
  it('notices when checksums of payloads are not compared', async () => {
    expect(await isNoticed(reading(resealed), /came with a body nobody sent/, DAMAGED)).toBe(true);
  });

  it('notices when one flipped bit takes a whole object with it', async () => {
    const plant = reading((bytes, whole) => (isIntact(whole) ? bytes : undefined));

    expect(await isNoticed(plant, /misses|nothing of it is damaged/, DAMAGED)).toBe(true);
  });

  it('notices when a rewind does not say what it could not bring', async () => {
    const plant = (ports: Ports): Ports => {
      const { catalog } = ports;
      const tryPut: Catalog['tryPut'] = (kind, name, value, version) => {
        if (kind !== 'rewind') return catalog.tryPut(kind, name, value, version);
        const { damaged: _, error: __, ...job } = value as RewindJob;
        const silent = { ...job, state: job.state === 'failed' ? 'done' : job.state };
        return catalog.tryPut(kind, name, silent as typeof value, version);
      };
      return { ...ports, catalog: replaced(catalog, { tryPut }) };
    };

    expect(await isNoticed(plant, /says 0 damaged, and \d+ are not brought/, DAMAGED)).toBe(true);
  });
});
