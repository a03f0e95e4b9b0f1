import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../src/model/brand.ts';
import {
  DEFAULT_THRESHOLDS,
  FRAME_BYTES,
  INSTANT_MS_LAST,
  MESSAGES_PER_BLOCK_MAX,
  MESSAGES_PER_SEND_MAX,
} from '../../src/model/limits.ts';
import { type NewMessage, NO_ATTRIBUTES } from '../../src/model/message.ts';
import { unpack } from '../../src/model/packing.ts';
import { type Batch, planBatches } from '../../src/model/sending.ts';
import { message } from '../support/arbitraries.ts';
import { at } from '../support/ids.ts';

const text = (body: string, wish: Partial<NewMessage> = {}): NewMessage => ({
  body,
  attributes: NO_ATTRIBUTES,
  ...wish,
});
/** Text that compresses badly, the same in every run. */
function noise(characters: number, seed = 1): string {
  let state = seed;
  return Array.from({ length: characters }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return String.fromCharCode(33 + ((state >>> 16) % 90));
  }).join('');
}

const plan = (messages: readonly NewMessage[], delayMs = 0): Batch[] =>
  planBatches(messages, delayMs, { nowMs: at(0), thresholds: DEFAULT_THRESHOLDS });

const times = (batches: readonly Batch[]): number[] => batches.map((batch) => batch.visibleAtMs - at(0));

describe('a send becomes', () => {
  it('one delivery when its messages are visible at one time', () => {
    const batches = plan(Array.from({ length: 10 }, (_, number) => text(`message ${number}`)));

    expect(batches.map(({ positions }) => positions)).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]);
  });

  it('a delivery for each time its messages become visible, at the wish of the message or else of the queue', () => {
    const batches = plan(
      [text('a'), text('b', { delayMs: 0 }), text('c', { deliverAtMs: at(9_000) }), text('d', { delayMs: 5_000 })],
      5_000,
    );

    expect(times(batches)).toEqual([5_000, 0, 9_000]);
    expect(batches.map(({ positions }) => positions)).toEqual([[0, 3], [1], [2]]);
  });

  it('visible now when its moment has passed, and never later than the last moment there is', () => {
    const batches = plan([text('a', { deliverAtMs: at(-1) }), text('b', { delayMs: Number.MAX_SAFE_INTEGER })]);

    expect(batches.map((batch) => batch.visibleAtMs)).toEqual([at(0), INSTANT_MS_LAST]);
  });

  it('deliveries of at most a hundred messages', () => {
    const batches = plan(Array.from({ length: 250 }, () => text('x')));

    expect(batches.map(({ positions }) => positions.length)).toEqual([100, 100, 50]);
  });

  it('nothing less and nothing else than was sent', () => {
    const wish = fc.record({ delayMs: fc.constantFrom(0, 1_000, 90_000_000) }, { requiredKeys: [] });
    const sent = fc.array(
      fc.tuple(message, wish).map(([one, other]) => ({ ...one, ...other })),
      { minLength: 1, maxLength: 150 },
    );
    fc.assert(
      fc.property(sent, (messages) => {
        const batches = plan(messages, 7);

        const positions = batches.flatMap((batch) => batch.positions);
        expect(positions.toSorted((one, other) => one - other)).toEqual([...messages.keys()]);
        for (const batch of batches) {
          const expected = batch.positions.map((position) => messages[position]);
          expect(unpackAll(batch)).toEqual(expected.map((one) => ({ body: one?.body, attributes: one?.attributes })));
          for (const one of expected) expect(batch.visibleAtMs).toBe(at(one?.delayMs ?? 7));
        }
      }),
      { numRuns: 50 },
    );
  });
});

/** The messages of a batch as they will be read, each frame by itself. */
function unpackAll({ payload }: Batch) {
  if (payload.kind !== 'object') return unpack(payload.packed);
  let offset = 0;
  return payload.frames.flatMap((frame) => unpack(payload.packed.subarray(offset, (offset += frame.bytes))));
}

describe('a payload lives', () => {
  it('in its delivery, as it is, up to one write unit', () => {
    const [batch] = plan([text(noise(800))]);

    expect(batch?.payload.kind).toBe('inline');
    expect(batch?.payload.packed.length).toBeLessThanOrEqual(DEFAULT_THRESHOLDS.inlineBytesMax);
  });

  it('in its delivery when compression makes it as small', () => {
    const [batch] = plan([text('the same words again and again '.repeat(100))]);

    expect(batch?.payload.kind).toBe('inline');
  });

  it('in a block above that', () => {
    expect(plan([text(noise(1_200))])[0]?.payload.kind).toBe('block');
    expect(plan([text(noise(15_000))])[0]?.payload.kind).toBe('block');
  });

  it('in a block, uncompressed, where a deployment wants no compression of that size', () => {
    const thresholds = { ...DEFAULT_THRESHOLDS, plainBytesMax: 4_000 };
    const kindOf = (characters: number) =>
      planBatches([text('x'.repeat(characters))], 0, { nowMs: at(0), thresholds })[0]?.payload;

    expect(kindOf(3_900)).toMatchObject({ kind: 'block', packed: { length: expect.toSatisfy((n) => n > 3_900) } });
    expect(kindOf(4_100)?.kind).toBe('inline');
  });

  it('in an object from 16 KB packed on, in frames so that few messages are read alone', () => {
    const messages = Array.from({ length: 100 }, (_, number) => text(noise(5_000, number + 1)));

    const [batch] = plan(messages);

    expect(batch?.payload).toMatchObject({ kind: 'object' });
    expect(batch === undefined ? [] : unpackAll(batch)).toEqual(messages);
    const frames = batch?.payload.kind === 'object' ? batch.payload.frames : [];
    expect(frames.length).toBeGreaterThan(5);
    for (const frame of frames) expect(frame.messageCount * 5_000).toBeLessThanOrEqual(FRAME_BYTES);
    expect(frames.reduce((sum, frame) => sum + frame.bytes, 0)).toBe(batch?.payload.packed.length);
  });

  it('in a frame of its own when it is larger than a frame', () => {
    const [batch] = plan([text('small'), text(noise(3 * FRAME_BYTES)), text('small')]);

    const frames = batch?.payload.kind === 'object' ? batch.payload.frames : [];
    expect(frames.map((frame) => frame.messageCount)).toEqual([1, 1, 1]);
  });
});

it('splits the largest request into the fewest deliveries', () => {
  const batches = plan(Array.from({ length: MESSAGES_PER_SEND_MAX }, () => text('x')));

  expect(batches).toHaveLength(MESSAGES_PER_SEND_MAX / MESSAGES_PER_BLOCK_MAX);
  expect(new Set(batches.map((batch): EpochMs => batch.visibleAtMs)).size).toBe(1);
});
