import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { framesHolding, type OffloadedBlock } from '../../src/model/block.ts';
import type { BlockId } from '../../src/model/ids.ts';

const blockOf = (...frames: [messageCount: number, bytes: number][]): OffloadedBlock => ({
  id: 'block' as BlockId,
  messageCount: frames.reduce((sum, [messageCount]) => sum + messageCount, 0),
  frames: frames.map(([messageCount, bytes]) => ({ messageCount, bytes })),
});

describe('frames of a block', () => {
  const block = blockOf([10, 1_000], [5, 600], [1, 70_000], [4, 300]);

  it.each([
    { first: 0, count: 1, held: { first: 0, offset: 0, frames: [0] } },
    { first: 0, count: 20, held: { first: 0, offset: 0, frames: [0, 1, 2, 3] } },
    { first: 9, count: 2, held: { first: 0, offset: 0, frames: [0, 1] } },
    { first: 10, count: 5, held: { first: 10, offset: 1_000, frames: [1] } },
    { first: 15, count: 1, held: { first: 15, offset: 1_600, frames: [2] } },
    { first: 14, count: 3, held: { first: 10, offset: 1_000, frames: [1, 2, 3] } },
    { first: 19, count: 1, held: { first: 16, offset: 71_600, frames: [3] } },
  ])('that hold $count messages from $first on are the fewest', ({ first, count, held }) => {
    expect(framesHolding(block, first, count)).toEqual({
      ...held,
      frames: held.frames.map((number) => block.frames[number]),
    });
  });

  it('are none where the block has no such message', () => {
    expect(framesHolding(block, 20, 1).frames).toEqual([]);
  });

  it('hold what was requested, at any size of the frames', () => {
    const frames = fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 99 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(frames, fc.nat(), fc.nat(), (frames, someFirst, someCount) => {
        const block = blockOf(...frames);
        const first = someFirst % block.messageCount;
        const count = 1 + (someCount % (block.messageCount - first));

        const held = framesHolding(block, first, count);

        const end = held.first + held.frames.reduce((sum, frame) => sum + frame.messageCount, 0);
        const [head, tail] = [held.frames[0]?.messageCount ?? 0, held.frames.at(-1)?.messageCount ?? 0];
        const skipped = block.frames.slice(0, block.frames.indexOf(held.frames[0] ?? { messageCount: 0, bytes: 0 }));
        expect(held.first).toBeLessThanOrEqual(first);
        expect(end).toBeGreaterThanOrEqual(first + count);
        expect(held.first + head).toBeGreaterThan(first);
        expect(end - tail).toBeLessThan(first + count);
        expect(held.offset).toBe(skipped.reduce((sum, frame) => sum + frame.bytes, 0));
      }),
    );
  });
});
