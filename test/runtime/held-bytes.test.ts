import { describe, expect, it } from 'vitest';
import { HeldBytes, type Holding } from '../../src/runtime/held-bytes.ts';

/** A holder of bytes that notes when it was ended. */
function givenHolding(isAtWork = false): Holding & { isEnded: boolean } {
  const holding = { isEnded: false, giveWay: isAtWork ? undefined : () => void (holding.isEnded = true) };
  return holding;
}

describe('bytes of bodies under way', () => {
  it('make the one that was held longest give way, and no more of them than needed', () => {
    const held = new HeldBytes(100);
    const [oldest, older, newest] = [givenHolding(), givenHolding(), givenHolding()];

    held.add(oldest, 40);
    held.add(older, 40);
    held.add(newest, 50);

    expect([oldest, older, newest].map(({ isEnded }) => isEnded)).toEqual([true, false, false]);
    expect(held.bytes).toBe(90);
  });

  it('are not taken from what the server is at work on', () => {
    const held = new HeldBytes(100);
    const [atWork, arriving] = [givenHolding(true), givenHolding()];

    held.add(atWork, 90);
    held.add(arriving, 20);

    expect(arriving.isEnded).toBe(true);
    expect(held.bytes).toBe(90);
  });

  it('count until they are released, once', () => {
    const held = new HeldBytes(100);
    const holding = givenHolding();

    held.add(holding, 10);
    held.add(holding, 20);
    held.release(holding);
    held.release(holding);

    expect(held.bytes).toBe(0);
  });
});
