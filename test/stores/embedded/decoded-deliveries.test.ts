import { describe, expect, it } from 'vitest';
import { DecodedDeliveries } from '../../../src/stores/embedded/decoded-deliveries.ts';
import { encodeDelivery } from '../../../src/stores/embedded/delivery-codec.ts';
import { inlineDelivery } from '../../support/deliveries.ts';
import { freshKey, freshShard } from '../../support/ids.ts';

describe('DecodedDeliveries', () => {
  const [shard, key] = [freshShard(), freshKey(0)];

  it('decodes the same bytes once', () => {
    const decoded = new DecodedDeliveries();
    const delivery = inlineDelivery(key, 3);
    const bytes = encodeDelivery(delivery);

    const first = decoded.decode(shard + key, bytes);

    expect(first).toEqual(delivery);
    expect(decoded.decode(shard + key, Uint8Array.from(bytes))).toBe(first);
  });

  it('decodes the bytes that it is given, whatever it has cached', () => {
    const decoded = new DecodedDeliveries();
    const before = inlineDelivery(key, 3);
    const after = { ...before, edition: 1, acked: new Set([2]) };
    decoded.decode(shard + key, encodeDelivery(before));

    expect(decoded.decode(shard + key, encodeDelivery(after))).toEqual(after);
    expect(decoded.decode(shard + key, encodeDelivery(before))).toEqual(before);
  });

  it('keeps nothing of a buffer that the next read fills again', () => {
    const decoded = new DecodedDeliveries();
    const [one, other] = [inlineDelivery(key, 3), inlineDelivery(key, 3)].map((delivery, edition) =>
      encodeDelivery({ ...delivery, edition }),
    );
    const buffer = Uint8Array.from(one ?? []);
    decoded.decode(shard + key, buffer);

    buffer.set(other ?? []);

    expect(decoded.decode(shard + key, buffer).edition).toBe(1);
  });
});
