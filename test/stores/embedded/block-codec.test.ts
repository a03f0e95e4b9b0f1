import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { BlockId } from '../../../src/model/ids.ts';
import { decodeBlock, encodeBlock } from '../../../src/stores/embedded/block-codec.ts';
import { bytes } from '../../support/deliveries.ts';

const ID = 'a block' as BlockId;

it('gives a block for any bytes, which holds nothing where they are damaged', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
      expect(decodeBlock(ID, noise).id).toBe(ID);
    }),
    { numRuns: 1_000 },
  );
  const cut = encodeBlock({ id: ID, messageCount: 1, payload: bytes('packed') }).subarray(0, -1);
  expect(decodeBlock(ID, cut)).toEqual({ id: ID, messageCount: 0, payload: new Uint8Array() });
});
