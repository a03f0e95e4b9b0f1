import fc from 'fast-check';
import type { EpochMs } from '../../src/model/brand.ts';
import type { Part } from '../../src/model/delivery.ts';
import {
  CELL_NUMBER_MAX,
  cellId,
  DELIVERY_ID_LENGTH,
  type DeliveryId,
  type Origin,
  QUEUE_ID_LENGTH,
  type RewindId,
  shardId,
} from '../../src/model/ids.ts';
import { INSTANT_MS_LAST } from '../../src/model/limits.ts';
import type { Message } from '../../src/model/message.ts';
import { randomText } from '../../src/model/sortable-text.ts';

/** Any content a user may send, however odd; text of whole characters, as in JSON requests. */
const text = fc.string({ unit: 'binary', maxLength: 40 });

const attribute = fc.record({ type: fc.constantFrom('string', 'number', 'binary'), value: text });

export const message: fc.Arbitrary<Message> = fc.record({
  body: fc.oneof(text, fc.constantFrom('', 'x'.repeat(500), 'ü€😀'.repeat(50))),
  attributes: fc.oneof(fc.constant({}), fc.dictionary(text, attribute, { maxKeys: 3, noNullPrototype: true })),
});

/** Text of exactly that many of the characters that ids consist of. */
export const sortableText = (length: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map(randomText);

export const instant = fc.oneof(
  fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 }),
  fc.constantFrom(0, 1, INSTANT_MS_LAST),
) as fc.Arbitrary<EpochMs>;

export const origin: fc.Arbitrary<Origin> = fc
  .record({
    cell: fc.integer({ min: 0, max: CELL_NUMBER_MAX }),
    shard: fc.integer({ min: 0, max: 64 ** 3 - 1 }),
    id: sortableText(DELIVERY_ID_LENGTH),
    sentAtMs: instant,
    delayMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 ** 40 })),
  })
  .map(({ cell, shard, id, sentAtMs, delayMs }) => ({
    shardId: shardId(cellId(cell), shard),
    id: id as DeliveryId,
    sentAtMs,
    visibleAtMs: Math.min(sentAtMs + delayMs, INSTANT_MS_LAST) as EpochMs,
  }));

/** A range within `first` to `first + count - 1`, inside a block of at most a hundred. */
const slice = fc
  .record({ first: fc.nat({ max: 99 }), count: fc.integer({ min: 1, max: 100 }), after: fc.nat({ max: 5 }) })
  .map(({ first, count, after }) => ({ first, count: Math.min(count, 100 - first), after }));

/** Fields of a part whose messages entered their queue without a send. */
const entered = fc.record(
  { enteredAtMs: instant, receivedBefore: fc.integer({ min: 1, max: 2 ** 31 }) },
  { requiredKeys: ['enteredAtMs'] },
);

const carried = fc.record(
  {
    firstReceivedAtMs: instant,
    rewoundBy: sortableText(12).map((text) => `r${text}`) as fc.Arbitrary<RewindId>,
  },
  { requiredKeys: [] },
);

const deadLetter = fc.record({ deadLetteredFrom: sortableText(QUEUE_ID_LENGTH) }) as fc.Arbitrary<
  Pick<Part, 'deadLetteredFrom'>
>;

export const part: fc.Arbitrary<Part> = fc
  .record({
    kind: fc.constantFrom('inline', 'block', 'object'),
    origin,
    slice,
    carried: fc
      .tuple(fc.oneof(carried, deadLetter), fc.option(entered, { nil: {} }))
      .map(([one, other]) => ({ ...one, ...other })),
    blockBytes: fc.nat({ max: 2 ** 31 - 1 }),
  })
  .map(({ kind, origin, slice: { first, count, after }, carried, blockBytes }) => {
    if (kind === 'inline') return { kind, origin, first, count, ...carried };
    const block = { kind: 'block', origin, first, count, blockCount: first + count + after, blockBytes } as const;
    return kind === 'block' ? { ...block, ...carried } : { ...block, isOffloaded: true, ...carried };
  });
