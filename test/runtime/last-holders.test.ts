import { describe, expect, it } from 'vitest';
import { LastHolders } from '../../src/runtime/last-holders.ts';

const MESSAGES_MIN = 10_000;
const ids = (count: number, start = 0) =>
  Array.from({ length: count }, (_, index) => ({ id: String(start + index), receiveCount: 1 }));

describe('holders', () => {
  it('are the consumers that received a message last', () => {
    const holders = new LastHolders();

    holders.note({ messages: ids(2), holder: 'first' });
    holders.note({ messages: ids(1), holder: 'second' });

    expect([holders.of('0'), holders.of('1'), holders.of('2')]).toEqual(['second', 'first', undefined]);
  });

  it('are known of at least the last ten thousand messages, and at most of twice as many', () => {
    const holders = new LastHolders();
    holders.note({ messages: ids(2), holder: 'first' });

    for (const id of ids(MESSAGES_MIN - 1, 10)) holders.note({ messages: [id], holder: 'second' });
    holders.note({ messages: ids(1), holder: 'third' });
    expect([holders.of('0'), holders.of('1')]).toEqual(['third', 'first']);

    for (const id of ids(MESSAGES_MIN, 20_000)) holders.note({ messages: [id], holder: 'fourth' });
    expect([holders.of('1'), holders.of('20000')]).toEqual([undefined, 'fourth']);
  });

  it('are forgotten when a receive names none', () => {
    const holders = new LastHolders();
    holders.note({ messages: ids(1), holder: 'first' });

    holders.note({ messages: ids(1), holder: undefined });

    expect(holders.of('0')).toBeUndefined();
  });
});
