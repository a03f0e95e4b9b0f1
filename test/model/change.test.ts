import { describe, expect, it } from 'vitest';
import { type Change, consumedBy, SEQUENCE_LENGTH, sequence } from '../../src/model/change.ts';
import type { Delivery } from '../../src/model/delivery.ts';
import { inlineDelivery, leasedDelivery } from '../support/deliveries.ts';
import { at, freshKey, freshShard } from '../support/ids.ts';

const change = (before: Delivery | undefined, after: Delivery | undefined): Change => ({
  shard: freshShard(),
  sequence: sequence('1'),
  atMs: at(0),
  ...(before === undefined ? {} : { before }),
  ...(after === undefined ? {} : { after }),
});

const lease = leasedDelivery(freshKey(0), 4);
const marked = (marks: Partial<Delivery>): Delivery => ({ ...lease, edition: lease.edition + 1, ...marks });

describe('a change consumes', () => {
  it('nothing when a delivery is put', () => {
    expect(consumedBy(change(undefined, lease))).toEqual([]);
  });

  it('what it acked, and not what was acked before', () => {
    const before = marked({ acked: new Set([1]) });
    const after = marked({ acked: new Set([1, 0, 3]) });

    expect(consumedBy(change(before, after))).toEqual([0, 3]);
  });

  it('nothing by any other mark', () => {
    const after = marked({
      moved: new Set([0]),
      purged: new Set([0]),
      forward: new Map([[0, { key: freshKey(5), index: 0 }]]),
    });

    expect(consumedBy(change(lease, after))).toEqual([]);
  });

  it('what a leased delivery still held when it was removed', () => {
    const before = marked({ acked: new Set([0]), moved: new Set([2]) });

    expect(consumedBy(change(before, undefined))).toEqual([1, 3]);
  });

  it('nothing when a delivery that was never leased is removed: a lease holds its messages', () => {
    expect(consumedBy(change(inlineDelivery(freshKey(0), 3), undefined))).toEqual([]);
  });

  it('each message once, when one is acked alone and the rest by removal', () => {
    const partly = marked({ acked: new Set([2]) });

    const consumed = [...consumedBy(change(lease, partly)), ...consumedBy(change(partly, undefined))];

    expect(consumed.toSorted((one, other) => one - other)).toEqual([0, 1, 2, 3]);
  });
});

describe('a sequence', () => {
  it('sorts as text like the number it is', () => {
    const digits = [
      '7',
      '10',
      '9007199254740993',
      '49590338271490256608559692538361571095921575989136588898'.slice(0, 40),
    ];

    const sequences = digits.map(sequence);

    expect(sequences.toSorted()).toEqual(sequences);
    expect(sequences.map((one) => one.length)).toEqual(digits.map(() => SEQUENCE_LENGTH));
  });
});
