import { describe, expect, it } from 'vitest';
import { given } from '../support/given.ts';

describe('the messages of a queue with one shard', () => {
  it('sent one by one come to one consumer in the order in which they became due', async () => {
    const world = await given();
    for (const body of ['1', '2', '3', '4', '5', '6', '7']) {
      await world.send([body]);
      world.clock.advance(1);
    }
    const received: string[] = [];

    for (let more = true; more; ) {
      const messages = await world.receive({ max: 2 });
      received.push(...messages.map(({ body }) => body));
      more = messages.length > 0;
    }

    expect(received).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  });

  it('go behind those that wait when they are given back', async () => {
    const world = await given({ sent: ['1'] });
    world.clock.advance(1);
    await world.send(['2']);
    world.clock.advance(1);
    await world.changeVisibility(await world.receive({ max: 1 }), 0);

    const received = await world.receive({ max: 2 });

    expect(received.map(({ body }) => body)).toEqual(['2', '1']);
  });
});
