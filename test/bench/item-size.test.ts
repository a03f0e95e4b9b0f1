import { describe, expect, it } from 'vitest';
import { itemBytes } from '../../bench/item-size.ts';

describe('itemBytes', () => {
  it.each([
    ['names and text in UTF-8', { k: { S: 'shard' }, größe: { S: '€' } }, 6 + 7 + 3],
    ['bytes', { b: { B: Buffer.alloc(100).toString('base64') } }, 101],
    ['an instant', { h3: { N: '1700000000123' } }, 2 + 8],
    ['small numbers', { a: { N: '7' }, b: { N: '42' }, c: { N: '100' } }, 3 + 2 + 2 + 2],
    ['zero and a number below it', { a: { N: '0' }, b: { N: '-7' } }, 2 + 1 + 3],
    ['a number set', { m: { NS: ['1', '2', '99'] } }, 1 + 6],
    [
      'text sets, sets of bytes, truth and nothing',
      { a: { SS: ['x', 'yz'] }, b: { BS: ['AAA='] }, c: { BOOL: true }, d: { NULL: true } },
      4 + 3 + 2 + 1 + 1,
    ],
    ['a list and a map within', { l: { L: [{ S: 'ab' }, { M: { n: { N: '1' } } }] } }, 1 + 3 + 3 + (1 + 3 + 1 + 3)],
  ])('counts %s', (_, item, bytes) => {
    expect(itemBytes(item)).toBe(bytes);
  });
});
