import { describe, expect, it } from 'vitest';
import { LastHolders } from '../../src/runtime/last-holders.ts';

const MESSAGES_MAX = 20_000;
const ids = (count: number, start = 0) =>
  Array.from({ length: count }, (_, index) => ({ id: String(start + index), receiveCount: 1 }));

describe('holders', () => {
  it('are the consumers that received a message last, for no more messages than fit', () => {
    const holders = new LastHolders();
    holders.note({ messages: ids(2), holder: 'first' });
    holders.note({ messages: ids(1), holder: 'second' });
    expect([holders.of('0'), holders.of('1'), holders.of('2')]).toEqual(['second', 'first', undefined]);

    holders.note({ messages: ids(MESSAGES_MAX - 1, 10), holder: 'third' });

    expect([holders.of('0'), holders.of('1')]).toEqual(['second', undefined]);
    holders.note({ messages: ids(1), holder: undefined });
    expect(holders.of('0')).toBeUndefined();
  });
});
