import { describe, expect, it } from 'vitest';
import { purgeQueue, receive, send } from '../../src/engine/index.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { HOUR_MS } from '../../src/model/spans.ts';
import { countingReads } from '../support/counted-reads.ts';
import { given } from '../support/given.ts';

const message = (body: string) => ({ body, attributes: NO_ATTRIBUTES });

describe('what a purge left behind', () => {
  it('costs receives a handful of reads, however much comes due, and hides nothing that entered since', async () => {
    const world = await given({ settings: { routeFreshMs: 5_000 } });
    const { shards, reads } = countingReads(world.ports.shards);
    const service = world.process({}, { shards });
    const stale = world.process();
    await send(stale, { queue: 'orders', messages: [message('old')] });
    for (let request = 0; request < 2; request++) {
      const delayed = Array.from({ length: 300 }, (_, n) => ({
        ...message(`${n}`),
        delayMs: 2_000 + request * 300 + n,
      }));
      await send(world.service, { queue: 'orders', messages: delayed });
    }
    world.clock.advance(1);
    await purgeQueue(world.service, 'orders');
    await send(stale, { queue: 'orders', messages: [{ ...message('late'), delayMs: 2_300 }] });
    world.clock.advance(3_000);
    const got: string[] = [];

    for (let count = 0; count < 120; count++) {
      world.clock.advance(200);
      Object.assign(reads, { queries: 0, deliveries: 0 });
      const messages = await receive(service, { queue: 'orders', max: 10, waitMs: 0, visibilityMs: HOUR_MS });
      got.push(...messages.map(({ body }) => body));
      expect(reads.queries).toBeLessThanOrEqual(6);
      expect(reads.deliveries).toBeLessThanOrEqual(30);
    }

    expect(got).toEqual(['late']);
  });
});
