import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../src/model/brand.ts';
import { type DeliveryId, deliveryKey } from '../../src/model/ids.ts';
import { INSTANT_MS_LAST } from '../../src/model/limits.ts';
import { asMessageId, messageId, traceOf } from '../../src/model/message-id.ts';
import { origin } from '../support/arbitraries.ts';

const index = fc.nat({ max: 127 });

describe('a message id', () => {
  it('is a UUID of version 8, in 36 characters', () => {
    fc.assert(
      fc.property(origin, index, (origin, index) => {
        expect(messageId(origin, index)).toMatch(
          /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        );
      }),
    );
  });

  it('leads to the shard and the first delivery of its message, and to when it was sent unless it was delayed', () => {
    fc.assert(
      fc.property(origin, index, (origin, index) => {
        const trace = traceOf(messageId(origin, index));
        const key = deliveryKey(origin.visibleAtMs, origin.id);

        expect(trace).toMatchObject({ shardId: origin.shardId, firstVisibleAtMs: origin.visibleAtMs });
        expect(trace?.sentAtMs).toBe(origin.sentAtMs === origin.visibleAtMs ? origin.sentAtMs : undefined);
        expect(trace !== undefined && trace.firstDelivery.from <= key && key < trace.firstDelivery.before).toBe(true);
      }),
    );
  });

  it('leads to no delivery whose id differs in its first seven characters', () => {
    fc.assert(
      fc.property(origin, origin, (one, other) => {
        fc.pre(one.id.slice(0, 7) !== other.id.slice(0, 7));
        const trace = traceOf(messageId(one, 0));
        const key = deliveryKey(one.visibleAtMs, other.id);

        expect(trace !== undefined && trace.firstDelivery.from <= key && key < trace.firstDelivery.before).toBe(false);
      }),
    );
  });

  it('differs where shard, first visible instant, index, delay or the traced part of the first delivery do', () => {
    fc.assert(
      fc.property(origin, index, origin, index, (one, oneIndex, other, otherIndex) => {
        const told = (of: typeof one, at: number) =>
          [of.shardId, of.visibleAtMs, of.sentAtMs === of.visibleAtMs, of.id.slice(0, 7), at].join('/');

        expect(messageId(one, oneIndex) === messageId(other, otherIndex)).toBe(
          told(one, oneIndex) === told(other, otherIndex),
        );
      }),
    );
  });

  it('reaches to the last delivery of the last instant', () => {
    const last = INSTANT_MS_LAST as EpochMs;
    const origin = { shardId: 'zzzzz' as never, id: 'zzzzzzzz' as DeliveryId, sentAtMs: last, visibleAtMs: last };

    const trace = traceOf(messageId(origin, 127));

    expect(trace).toMatchObject({ shardId: 'zzzzz', firstVisibleAtMs: last });
    expect(deliveryKey(last, origin.id) < (trace?.firstDelivery.before ?? '')).toBe(true);
  });

  it('may be told in capitals', () => {
    fc.assert(
      fc.property(origin, index, (origin, index) => {
        const id = messageId(origin, index);

        expect(asMessageId(id.toUpperCase())).toBe(id);
      }),
    );
  });

  it.each(['', 'x', '6f1c6c0e-3b9c-4f0e-8a4f-5b3c0c1b2a3d', '../'.repeat(12), 'x'.repeat(36)])('is not %j', (text) => {
    expect(traceOf(text)).toBeUndefined();
  });
});
