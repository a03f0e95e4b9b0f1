import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter, DecodeError } from '../../src/model/bytes.ts';
import { type Message, NO_ATTRIBUTES } from '../../src/model/message.ts';
import { compress, isSound, joinPlain, pack, packPlain, unpack } from '../../src/model/packing.ts';
import { message } from '../support/arbitraries.ts';
import { bytes } from '../support/deliveries.ts';
import { runs } from '../support/runs.ts';

const messages = fc.array(message, { minLength: 1, maxLength: 20 });
const line = (number: number): Message => ({
  body: `2026-03-01T12:00:${number} INFO order ${number} accepted`,
  attributes: NO_ATTRIBUTES,
});
const LINES = Array.from({ length: 100 }, (_, number) => line(number));
const PLAIN = 4;
const DEFLATED = 5;
const HEAD_BYTES = 5;

/** Gives bytes a valid checksum, so that the content after it is tried too. */
function withChecksum(payload: Uint8Array): Uint8Array {
  const bytes = Buffer.from(payload);
  bytes.writeUInt32BE(crc32(bytes.subarray(HEAD_BYTES), bytes[0]), 1);
  return bytes;
}

const plainBytes = (write: (writer: ByteWriter) => void): Uint8Array => {
  const writer = new ByteWriter();
  writer.raw(Uint8Array.of(PLAIN, 0, 0, 0, 0));
  write(writer);
  return withChecksum(writer.finish());
};

/** Reads damaged bytes; anything but messages or a `DecodeError` fails. */
function unpackDamaged(damaged: Uint8Array): void {
  try {
    for (const { body, attributes } of unpack(damaged)) {
      expect(typeof body).toBe('string');
      expect(attributes).toBeTypeOf('object');
      expect(attributes).not.toBeNull();
    }
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
  }
}

describe('packing', () => {
  it('gives messages back as they were', () => {
    fc.assert(
      fc.property(messages, (sent) => {
        expect(unpack(packPlain(sent))).toEqual(sent);
        expect(unpack(compress(packPlain(sent)))).toEqual(sent);
      }),
    );
  });

  it('keeps halves of a surrogate pair apart that stand at a seam', () => {
    const sent = ['a\ud83d', '\ude00b'].map((body) => ({ body, attributes: NO_ATTRIBUTES }));

    const bodies = unpack(packPlain(sent)).map(({ body }) => body);

    expect(bodies).toEqual(['a\ufffd', '\ufffdb']);
  });

  it('joins payloads as if their messages had been packed together', () => {
    fc.assert(
      fc.property(fc.array(messages, { minLength: 1, maxLength: 4 }), (groups) => {
        expect(joinPlain(groups.map(packPlain))).toEqual(packPlain(groups.flat()));
      }),
    );
  });

  it('tells a payload that is sound from one that is not', () => {
    const plain = packPlain([line(1), { body: 'b', attributes: { tint: { type: 'string', value: 'red' } } }]);
    const packed = compress(packPlain(LINES));

    expect(isSound(plain, 2)).toBe(true);
    expect(isSound(plain, 3)).toBe(false);
    expect(isSound(packed, LINES.length)).toBe(true);
    for (const payload of [plain, packed]) {
      expect(isSound(payload.subarray(0, -1), payload === plain ? 2 : LINES.length)).toBe(false);
    }
  });

  it('finds every flipped bit', () => {
    for (const payload of [packPlain(LINES.slice(0, 3)), compress(packPlain(LINES))]) {
      for (let bit = 0; bit < 8 * payload.length; bit++) {
        const damaged = Buffer.from(payload);
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));

        expect(() => unpack(damaged)).toThrow(DecodeError);
      }
    }
  });

  it('names the release that reads a payload of another format', () => {
    const payload = withChecksum(Buffer.concat([Uint8Array.of(2 * 3, 0, 0, 0, 0), bytes('something new')]));

    expect(() => unpack(payload)).toThrow('the payload has format 3, which release 0.3 reads; this is release 0.2');
  });

  it('leaves a small payload as it is and compresses a large one', () => {
    const plain = packPlain(LINES);

    expect(pack(LINES, plain.length)).toEqual(plain);
    expect(pack(LINES, plain.length - 1)[0]).toBe(DEFLATED);
  });

  it('makes log lines several times smaller', () => {
    expect(packPlain(LINES).length / compress(packPlain(LINES)).length).toBeGreaterThan(5);
  });

  it('costs eight bytes for a single small message, four of them for the checksum', () => {
    expect(packPlain([{ body: 'x', attributes: NO_ATTRIBUTES }])).toHaveLength(1 + 4 + 1 + 2 + 1);
  });

  it('does not compress what becomes no smaller', () => {
    const plain = packPlain([{ body: 'q7', attributes: NO_ATTRIBUTES }]);

    expect(compress(plain)).toBe(plain);
  });

  it('refuses to pack nothing', () => {
    expect(() => packPlain([])).toThrow('at least one message');
  });

  it('refuses what is cut, at every length', () => {
    for (const packed of [packPlain(LINES.slice(0, 3)), compress(packPlain(LINES))]) {
      for (let length = 0; length < packed.length; length++) {
        expect(() => unpack(packed.subarray(0, length))).toThrow(DecodeError);
      }
    }
  });

  it('refuses or reads what was damaged, and neither hangs nor fails otherwise', () => {
    fc.assert(
      fc.property(
        messages,
        fc.boolean(),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (sent, isPacked, where, change) => {
          const damaged = Buffer.from(isPacked ? compress(packPlain(sent)) : packPlain(sent));
          const position = HEAD_BYTES + (where % (damaged.length - HEAD_BYTES));
          damaged[position] = (damaged[position] ?? 0) ^ change;

          unpackDamaged(withChecksum(damaged));
        },
      ),
      runs(1_000),
    );
  });

  it('refuses or reads what was never a payload', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(0, PLAIN, DEFLATED, 6), (noise, format) => {
        unpackDamaged(Uint8Array.from([format, ...noise]));
        unpackDamaged(withChecksum(Uint8Array.from([format, 0, 0, 0, 0, ...noise])));
      }),
      runs(1_000),
    );
  });

  it('refuses bytes after the last message', () => {
    const packed = packPlain(LINES.slice(0, 3));

    expect(() => unpack(Buffer.concat([packed, bytes('more')]))).toThrow(DecodeError);
  });

  it('refuses a number of messages that no request has, before it makes room for them', () => {
    const claimed = plainBytes((writer) => {
      writer.varint(20_000_000);
      writer.raw(new Uint8Array(50_000_000));
    });

    expect(() => unpack(claimed)).toThrow(DecodeError);
  });

  it('refuses no messages', () => {
    expect(() => unpack(plainBytes((writer) => writer.varint(0)))).toThrow(DecodeError);
  });

  it('refuses content that would fill the memory', () => {
    const deflated = deflateRawSync(new Uint8Array(100 * 1024 * 1024));
    const bomb = withChecksum(Buffer.concat([Uint8Array.of(DEFLATED, 0, 0, 0, 0), deflated]));

    expect(() => unpack(bomb)).toThrow('cannot be decompressed');
  });

  it.each(['5', 'null', '[]', '{'])('refuses attributes that say %s', (json) => {
    const packed = plainBytes((writer) => {
      for (const number of [1, 0, json.length]) writer.varint(number);
      writer.utf8(json);
    });

    expect(() => unpack(packed)).toThrow(DecodeError);
  });
});
