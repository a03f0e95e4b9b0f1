import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Delivery, messageCount, newDelivery, outstandingIndexes, type Part } from '../../src/model/delivery.ts';
import type { DeliveryKey, QueueId, RewindId } from '../../src/model/ids.ts';
import { contentOf, inlineMessages, planLeases, planTakeOver, planTakes, type Take } from '../../src/model/lease.ts';
import {
  ANSWER_BYTES_MAX,
  DEFAULT_THRESHOLDS,
  MESSAGE_FRAME_BYTES,
  MESSAGES_PER_LEASE_MAX,
  UNPACKED_BYTES_MAX,
} from '../../src/model/limits.ts';
import { type Message, NO_ATTRIBUTES } from '../../src/model/message.ts';
import { compress, packPlain, unpack } from '../../src/model/packing.ts';
import { encodeParts } from '../../src/model/part-codec.ts';
import { message } from '../support/arbitraries.ts';
import { bytes } from '../support/deliveries.ts';
import { at, freshKey, freshOrigin } from '../support/ids.ts';

const text = (body: string): Message => ({ body, attributes: NO_ATTRIBUTES });

/** A sent delivery with these bodies in its own payload. */
function inlineOf(messages: readonly Message[], marks: Partial<Delivery> = {}): Delivery {
  const part: Part = { kind: 'inline', origin: freshOrigin(), first: 0, count: messages.length };
  return { ...newDelivery(freshKey(0), 0, { parts: [part], payload: packPlain(messages) }), ...marks };
}

function blockOf(count: number, blockBytes = 100 * count): Delivery {
  const part: Part = { kind: 'block', origin: freshOrigin(), first: 0, count, blockCount: count, blockBytes };
  return newDelivery(freshKey(0), 0, { parts: [part] });
}

const candidates = (...deliveries: Delivery[]) =>
  deliveries.map((delivery) => ({ delivery, indexes: outstandingIndexes(delivery) }));
/** The messages that a claim takes for an empty answer. */
const takesOf = (some: ReturnType<typeof candidates>, wanted: number) =>
  planTakes(some, wanted, { bytesLeft: ANSWER_BYTES_MAX, isEmpty: true });
const taken = (takes: readonly Take[]): (readonly number[])[] => takes.map((take) => take.indexes);

function lease(takes: readonly Take[]) {
  const nextKey = (): DeliveryKey => freshKey(30_000);
  return planLeases(takes, { nowMs: at(0), thresholds: DEFAULT_THRESHOLDS, nextKey });
}

const bodiesOf = (delivery: Delivery): string[] =>
  delivery.payload === undefined ? [] : unpack(delivery.payload).map(({ body }) => body);

const SLICE = { queueId: 'queue00001' as QueueId, object: 'archive/7d/0480000/00-1', number: 0, offset: 9, length: 99 };

describe('a claim chooses', () => {
  it('from the front, as many as were asked for, the last delivery in part', () => {
    const takes = takesOf(candidates(blockOf(3), inlineOf(['a', 'b', 'c'].map(text)), blockOf(9)), 5);

    expect(taken(takes)).toEqual([
      [0, 1, 2],
      [0, 1],
    ]);
    expect(takes[1]?.inline).toEqual([text('a'), text('b')]);
  });

  it('only what it was offered of a delivery', () => {
    const delivery = inlineOf(['a', 'b', 'c', 'd'].map(text), { receiveCount: 1, moved: new Set([0, 2]) });

    const [take] = takesOf(candidates(delivery), 10);

    expect(take?.indexes).toEqual([1, 3]);
    expect(take?.inline).toEqual([text('b'), text('d')]);
  });

  it('no more than about what one answer carries, and always one message', () => {
    const large = blockOf(4, ANSWER_BYTES_MAX - 4 * MESSAGE_FRAME_BYTES);

    expect(taken(takesOf(candidates(large, large), 100))).toEqual([[0, 1, 2, 3]]);
    expect(taken(takesOf(candidates(blockOf(1, 2 * ANSWER_BYTES_MAX)), 100))).toEqual([[0]]);
  });

  it('by the unpacked sizes of what is compressed or archived', () => {
    const megabyte = inlineOf([text(' '.repeat(1_000_000))]);
    const packed = { ...megabyte, payload: compress(packPlain([text(' '.repeat(1_000_000))])) };
    const slice = { ...SLICE, messageCount: 10, contentBytes: 10_000_000 };
    const part = {
      kind: 'archive',
      slice,
      first: 0,
      count: 10,
      rewoundBy: 'one' as RewindId,
      enteredAtMs: at(0),
    } as const;

    expect(taken(takesOf(candidates(...[1, 2, 3, 4, 5, 6].map(() => packed)), 100))).toHaveLength(4);
    expect(taken(takesOf(candidates(newDelivery(freshKey(0), 0, { parts: [part] })), 100))).toEqual([[0, 1, 2, 3]]);
  });

  it('nothing more for an answer that has no room for it', () => {
    const room = { bytesLeft: 2_000, isEmpty: false };

    expect(taken(planTakes(candidates(blockOf(1, 5_000)), 10, room))).toEqual([]);
    expect(taken(planTakes(candidates(blockOf(2, 2_000)), 10, room))).toEqual([[0]]);
  });

  it('no more than one call may unpack, however little of each block is left', () => {
    const remnants = Array.from({ length: 10 }, () => {
      const block = blockOf(100, ANSWER_BYTES_MAX);
      return { ...block, receiveCount: 1, moved: new Set(outstandingIndexes(block).slice(1)) };
    });

    expect(taken(takesOf(candidates(...remnants), 10))).toHaveLength(UNPACKED_BYTES_MAX / ANSWER_BYTES_MAX);
  });

  it('all that is left of a damaged payload', () => {
    const damaged = inlineOf(['a', 'b', 'c'].map(text), { payload: bytes('damaged') });
    const inPart = { ...damaged, receiveCount: 1, moved: new Set([0]) };

    expect(taken(takesOf(candidates(damaged, inlineOf([text('d')])), 2))).toEqual([[0, 1, 2]]);
    expect(taken(takesOf(candidates(inPart, inlineOf([text('d')])), 1))).toEqual([[1, 2]]);
  });
});

describe('inline messages', () => {
  it.each([
    ['more', ['a', 'b', 'c', 'd']],
    ['fewer', ['a', 'b']],
  ])('are damaged when the payload holds %s than the parts name', (_, bodies) => {
    const delivery = inlineOf(['a', 'b', 'c'].map(text), { payload: packPlain(bodies.map(text)) });

    expect(inlineMessages(delivery, [0, 1, 2])).toBeUndefined();
    expect(inlineMessages(delivery, [1, 2])).toBeUndefined();
  });

  it('are none in a delivery of blocks', () => {
    expect(inlineMessages(blockOf(3), [0, 1, 2])).toEqual([]);
  });
});

describe('leases', () => {
  it('join small single messages by the dozen, and block references by the messages one may hold', () => {
    const singles = Array.from({ length: 12 }, (_, number) => inlineOf([text(`small message number ${number}`)]));
    const references = Array.from({ length: 12 }, () => blockOf(10));

    expect(lease(takesOf(candidates(...singles), 100)).map(({ takes }) => takes.length)).toEqual([12]);
    expect(lease(takesOf(candidates(...references), 1_000)).map(({ takes }) => takes.length)).toEqual([10, 2]);
  });

  it('hold a hundred messages at most, so that one of many rewound messages becomes several', () => {
    const slice = { ...SLICE, messageCount: 1_000, contentBytes: 100_000 };
    const part = {
      kind: 'archive',
      slice,
      first: 0,
      count: 250,
      rewoundBy: 'one' as RewindId,
      enteredAtMs: at(0),
    } as const;
    const rewound = newDelivery(freshKey(0), 0, { parts: [part] });

    const leases = lease(takesOf(candidates(rewound), 1_000));

    expect(leases.map(({ delivery }) => messageCount(delivery))).toEqual([100, 100, 50]);
    expect(leases.flatMap(({ takes }) => takes.flatMap(({ indexes }) => indexes))).toEqual(outstandingIndexes(rewound));
  });

  it('keep receive counts apart', () => {
    const again = { ...blockOf(2), receiveCount: 3 };

    const leases = lease(takesOf(candidates(blockOf(1), again, blockOf(1)), 10));

    expect(leases.map(({ delivery }) => [delivery.receiveCount, messageCount(delivery)])).toEqual([
      [1, 2],
      [4, 2],
    ]);
  });

  it('give a damaged payload a lease of its own and pass it on as it is', () => {
    const damaged = inlineOf([text('a')], { payload: bytes('damaged') });

    const leases = lease(takesOf(candidates(inlineOf([text('b')]), damaged, inlineOf([text('c')])), 10));

    expect(leases.map(({ takes }) => takes.length)).toEqual([2, 1]);
    expect(leases[1]?.delivery.payload).toEqual(bytes('damaged'));
  });

  it('write down when messages were first received, once', () => {
    const before = blockOf(1);
    const again = {
      ...before,
      receiveCount: 1,
      parts: before.parts.map((part) => ({ ...part, firstReceivedAtMs: at(-9) })),
    };

    const firsts = lease(takesOf(candidates(blockOf(1), again), 10)).map(({ delivery }) => delivery.parts[0]);

    expect(firsts.map((part) => part?.firstReceivedAtMs)).toEqual([at(0), at(-9)]);
  });

  it('hold each chosen message once, in order, and fit one write unit where they join', () => {
    const delivery = fc.oneof(
      fc.array(message, { minLength: 1, maxLength: 12 }).map((messages) => inlineOf(messages)),
      fc.integer({ min: 1, max: 100 }).map((count) => blockOf(count)),
    );
    fc.assert(
      fc.property(
        fc.array(delivery, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 1_000 }),
        (due, wanted) => {
          const takes = takesOf(candidates(...due), wanted);
          const leases = lease(takes);

          expect(leases.flatMap((one) => one.takes)).toEqual(takes);
          expect(leases.flatMap((one) => bodiesOf(one.delivery))).toEqual(
            takes.flatMap((take) => (take.inline ?? []).map(({ body }) => body)),
          );
          for (const { delivery, takes } of leases) {
            expect(messageCount(delivery)).toBe(takes.flatMap((take) => take.indexes).length);
            const weight = encodeParts(delivery.parts).length + (delivery.payload?.length ?? 0);
            if (takes.length > 1) expect(weight).toBeLessThan(DEFAULT_THRESHOLDS.leaseBytesMax);
            if (takes.length > 1) expect(messageCount(delivery)).toBeLessThanOrEqual(MESSAGES_PER_LEASE_MAX);
          }
        },
      ),
    );
  });
});

describe('the original of a take', () => {
  const take = (seen: Delivery, indexes: readonly number[]): Take => ({ seen, indexes, inline: [] });

  it('is removed when it was never touched and was taken whole', () => {
    expect(planTakeOver(take(blockOf(3), [0, 1, 2]))).toEqual({ kind: 'remove' });
    expect(planTakeOver(take({ ...blockOf(3), first: 1, edition: 1 }, [1, 2]))).toEqual({ kind: 'remove' });
  });

  it('starts later when it was never leased and was taken in part', () => {
    expect(planTakeOver(take({ ...blockOf(9), first: 2 }, [2, 3, 4]))).toEqual({ kind: 'advance', first: 5 });
  });

  it('is marked when it was leased before', () => {
    expect(planTakeOver(take({ ...blockOf(3), receiveCount: 1, moved: new Set([0]) }, [1, 2]))).toEqual({
      kind: 'move',
    });
  });

  it.each([[[1, 2]], [[0, 2]], [[0, 4]]])(
    'is marked where messages %j of it are taken, though nothing was',
    (indexes) => {
      expect(planTakeOver(take(blockOf(5), indexes))).toEqual({ kind: 'move' });
    },
  );
});

describe('content put into another delivery', () => {
  it('is that of the chosen messages', () => {
    const content = contentOf(inlineOf(['a', 'b', 'c'].map(text)), [2], 900);

    expect(content.parts.map(({ first, count }) => [first, count])).toEqual([[2, 1]]);
    expect(bodiesOf(newDelivery(freshKey(0), 0, content))).toEqual(['c']);
  });

  it('stays as it is when the payload is damaged', () => {
    const damaged = inlineOf([text('a')], { payload: bytes('damaged') });

    expect(contentOf(damaged, [0], 900)).toEqual({ parts: damaged.parts, payload: bytes('damaged') });
  });
});
