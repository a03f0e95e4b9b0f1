import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ARCHIVE_HEAD_BYTES,
  type ArchiveIndex,
  decodeArchiveIndex,
  encodeArchiveObject,
} from '../../src/model/archive-object.ts';
import { decodeSliceHead, SliceBuilder, sliceMessages } from '../../src/model/archive-slice.ts';
import { ByteWriter, DecodeError } from '../../src/model/bytes.ts';
import { sequence } from '../../src/model/change.ts';
import { FormatError } from '../../src/model/format.ts';
import type { QueueId, RewindId } from '../../src/model/ids.ts';
import { INSTANT_MS_LAST, MESSAGES_PER_SLICE_MAX } from '../../src/model/limits.ts';
import { traceOf } from '../../src/model/message-id.ts';
import { decodeParts } from '../../src/model/part-codec.ts';
import { decodeReceipt } from '../../src/model/receipt.ts';
import { indexesIn } from '../../src/model/runs.ts';
import { message, origin } from '../support/arbitraries.ts';
import { at } from '../support/ids.ts';
import { runs } from '../support/runs.ts';

const RUNS = runs(2_000);
const noise = fc.uint8Array({ maxLength: 120 });

/** The result of `decode`; nothing for a `DecodeError`. Any other error fails. */
function triedTo<Value>(decode: () => Value): Value | undefined {
  try {
    return decode();
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
    return undefined;
  }
}

/** Bytes as the start of an archive object or as a slice, with a valid checksum. */
function asObject(index: Uint8Array): Uint8Array {
  const packed = deflateRawSync(index);
  const head = Buffer.alloc(ARCHIVE_HEAD_BYTES);
  head.write('RMQA');
  head[4] = 2;
  head.writeUInt32BE(packed.length, 5);
  head.writeUInt32BE(crc32(packed), 9);
  return Buffer.concat([head, packed]);
}

function asSlice(head: Uint8Array): Uint8Array {
  const packed = deflateRawSync(head);
  const writer = new ByteWriter();
  writer.varint(packed.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(packed));
  writer.raw(checksum);
  writer.raw(packed);
  return writer.finish();
}

/** Everything that later code does with an index: it must end, and stay small. */
function useIndex(index: ArchiveIndex): void {
  for (const { messageCount, length, sentToMs } of index.slices) {
    expect(messageCount).toBeLessThanOrEqual(MESSAGES_PER_SLICE_MAX);
    expect(length).toBeGreaterThan(0);
    expect(sentToMs).toBeLessThanOrEqual(INSTANT_MS_LAST);
  }
  for (const { messages, slice } of index.deletedAgain) {
    for (const run of messages) expect(indexesIn([run]).length).toBeLessThanOrEqual(MESSAGES_PER_SLICE_MAX);
    expect(slice.object).toMatch(/^[\w/-]+$/);
  }
}

const SIZES = { messageCount: 3, contentBytes: 300 };
const SLICE = {
  queueId: 'QUEUE-----' as QueueId,
  object: 'archive/7d/0000001/00-1',
  number: 0,
  offset: 40,
  length: 9,
  ...SIZES,
};
const TIMES = { sentFromMs: at(0), sentToMs: at(1), deletedFromMs: at(2), deletedToMs: at(3) };
const OBJECT = encodeArchiveObject(
  {
    first: sequence('1'),
    last: sequence('2'),
    slices: [{ queueId: SLICE.queueId, ...SIZES, ...TIMES }],
    deletedAgain: [
      {
        queueId: SLICE.queueId,
        slice: SLICE,
        rewindId: '------------' as RewindId,
        messages: [[0, 3]],
        sequence: sequence('2'),
        deletedAtMs: at(3),
      },
    ],
  },
  [new Uint8Array(10)],
);

async function givenSlice(): Promise<Uint8Array> {
  const [one] = fc.sample(origin, { numRuns: 1, seed: 1 });
  const messages = fc.sample(message, { numRuns: 3, seed: 1 });
  const builder = new SliceBuilder();
  const parts = one === undefined ? [] : [{ kind: 'inline' as const, origin: one, first: 0, count: 3 }];
  builder.addMessages({ sequence: sequence('1'), deletedAtMs: at(5), parts }, messages);
  return (await builder.finish()).bytes;
}

const flipped = (bytes: Uint8Array, bit: number): Uint8Array => {
  const damaged = Buffer.from(bytes);
  damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return damaged;
};

describe('bytes that nobody wrote', () => {
  it('are no archive index, or one that can be worked with', () => {
    fc.assert(
      fc.property(noise, (bytes) => {
        triedTo(() => decodeArchiveIndex(bytes));
        const index = triedTo(() => decodeArchiveIndex(asObject(bytes)));
        if (index !== undefined) useIndex(index);
      }),
      RUNS,
    );
  });

  it('are no slice, or one that can be worked with', () => {
    fc.assert(
      fc.property(noise, (bytes) => {
        triedTo(() => decodeSliceHead(bytes));
        const head = triedTo(() => decodeSliceHead(asSlice(bytes)));
        if (head !== undefined) expect(sliceMessages(head).length).toBeLessThanOrEqual(MESSAGES_PER_SLICE_MAX);
      }),
      RUNS,
    );
  });

  it('are no parts, or parts that name objects there can be', () => {
    fc.assert(
      fc.property(noise, (bytes) => {
        for (const part of triedTo(() => decodeParts(bytes)) ?? []) {
          if (part.kind === 'archive') expect(part.slice.object).toMatch(/^[\w/-]+$/);
        }
      }),
      RUNS,
    );
  });

  it('are no receipt and no message id', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.stringMatching(/^r[\w-]{39}$/), fc.uuid());
    fc.assert(
      fc.property(text, (one) => {
        const receipt = decodeReceipt(one, SLICE.queueId);
        if (receipt !== undefined) expect(receipt.index).toBeLessThan(receipt.count);
        const trace = traceOf(one);
        if (trace !== undefined) expect(trace.firstVisibleAtMs).toBeLessThanOrEqual(INSTANT_MS_LAST);
      }),
      RUNS,
    );
  });
});

describe('a flipped bit', () => {
  it('of an archive index is found', () => {
    const indexEnd = OBJECT.length - 10;

    for (let bit = 0; bit < 8 * indexEnd; bit++) {
      expect(() => decodeArchiveIndex(flipped(OBJECT, bit)), `bit ${bit}`).toThrow(DecodeError);
    }
  });

  it('of the head of a slice is found', async () => {
    const slice = await givenSlice();
    const { headBytes } = decodeSliceHead(slice);

    for (let bit = 0; bit < 8 * headBytes; bit++) {
      expect(() => decodeSliceHead(flipped(slice, bit)), `bit ${bit}`).toThrow(DecodeError);
    }
  });
});

it('names the release that reads an archive object of another format', () => {
  const newer = Buffer.from(OBJECT);
  newer[4] = 103;

  expect(() => decodeArchiveIndex(newer)).toThrow(FormatError);
  expect(() => decodeArchiveIndex(newer)).toThrow('the archive object has format 103, which release 1.3 reads');
});

it('refuses an index that would fill the memory', () => {
  expect(() => decodeArchiveIndex(asObject(new Uint8Array(100 * 1024 * 1024)))).toThrow('cannot be decompressed');
});
