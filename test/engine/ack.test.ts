import { describe, expect, it } from 'vitest';
import { archive, changeVisibility, deleteMessages, type QueueService } from '../../src/engine/index.ts';
import type { Change } from '../../src/model/change.ts';
import { deathOf, dieAfterEachStep, dyingAfter } from '../support/dying.ts';
import { given } from '../support/given.ts';
import { freshText } from '../support/ids.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, number) => String(number).padStart(4, '0'));

describe('a receipt', () => {
  it('deletes its message after its time, unless it was claimed again', async () => {
    const world = await given({ sent: ['one'] });
    const messages = await world.receive();
    world.clock.advance(30_001);

    expect(await world.delete(messages)).toEqual(['done']);
    expect(await world.receive()).toEqual([]);
  });

  it('is stale once the message was claimed again', async () => {
    const world = await given({ sent: ['one'] });
    const messages = await world.receive();
    world.clock.advance(30_000);
    const again = await world.receive();

    expect(await world.delete(messages)).toEqual(['stale']);
    expect(await world.delete(again)).toEqual(['done']);
    expect(await world.delete(again)).toEqual(['done']);
  });

  it('stays valid when its message was made visible at once, until a consumer claims it', async () => {
    const world = await given({ sent: ['one', 'two'] });
    const messages = await world.receive();
    expect(await world.changeVisibility(messages, 0)).toEqual(['done', 'done']);

    expect(await world.delete(messages.slice(0, 1))).toEqual(['done']);
    const again = await world.receive();
    expect(again.map(({ body }) => body)).toEqual([messages[1]?.body]);
    expect(await world.delete(messages.slice(1))).toEqual(['stale']);
  });

  it('stays valid when it was shortened and then extended past the end of its first lease', async () => {
    const world = await given({ sent: ['one', 'two', 'three'] });
    const messages = await world.receive();
    const [first] = messages;
    await world.changeVisibility(messages, 10_000);
    await world.changeVisibility(messages.slice(1), 5_000);
    await world.changeVisibility(messages, 60_000);
    for (const ms of [30_001, 10_000]) {
      world.clock.advance(ms);
      expect(await world.receive()).toEqual([]);
    }

    const changed = await world.changeVisibility(messages, 60_000);
    const deleted = await world.delete(messages.slice(1));
    world.clock.advance(60_000);
    const again = await world.receive();

    expect(changed).toEqual(['done', 'done', 'done']);
    expect(deleted).toEqual(['done', 'done']);
    expect(again.map(({ id }) => id)).toEqual([first?.id]);
    expect(await world.delete(messages.slice(0, 1))).toEqual(['stale']);
    expect(await world.deliveries()).toHaveLength(1);
  });

  it('stays valid however often its lease is extended, by all of its messages or by single ones', async () => {
    const world = await given({ sent: numbers(12).map((number) => number + freshText(800)) });
    const messages = await world.receive();
    for (let round = 0; round < 30; round++) {
      world.clock.advance(20_000);
      const entries = messages.map(({ receipt }) => ({ receipt, visibilityMs: 30_000 }));
      const calls = round % 2 === 0 ? [entries] : entries.map((entry) => [entry]);

      const outcomes = await Promise.all(
        calls.map((some) => changeVisibility(world.service, { queue: 'orders', entries: some })),
      );

      expect(new Set(outcomes.flat())).toEqual(new Set(['done']));
      expect(await world.receive()).toEqual([]);
    }

    expect(new Set(await world.delete(messages))).toEqual(new Set(['done']));
    expect(await world.deliveries()).toEqual([]);
  });
});

describe('messages of a lease deleted one by one', () => {
  it('cost a step each: the last one takes the lease with it, and all are archived', async () => {
    const world = await given({ sent: numbers(3) });
    const messages = await world.receive();
    await world.settle();
    const changes: Change[] = [];

    for (const message of messages) {
      expect(await world.delete([message])).toEqual(['done']);
      changes.push(...(await world.takeChanges()));
    }
    await archive(world.service, changes);

    expect(changes.map(({ after }) => after?.acked.size)).toEqual([1, 2, undefined]);
    world.clock.advance(1);
    expect((await world.rewind()).messagesRewound).toBe(3);
  });

  it('do not count a message as deleted that was claimed again, when a later call names it with the rest', async () => {
    const world = await given({ sent: numbers(3) });
    const [first, second, last] = await world.receive();
    const of = (...some: (typeof first)[]) => some.filter((message) => message !== undefined);
    world.clock.advance(30_001);
    const [again] = await world.receive({ max: 1 });
    await world.delete(of(second));

    expect(await world.delete(of(first, last))).toEqual(['stale', 'done']);
    world.clock.advance(30_001);
    expect((await world.receive()).map(({ body }) => body)).toEqual([again?.body]);
  });

  it('leave nothing behind where others extend, give back or delete meanwhile', async () => {
    const world = await given({ sent: numbers(4) });
    const other = world.process();
    const messages = await world.receive();
    const [first = '', second = '', third = '', last = ''] = messages.map<string>(({ receipt }) => receipt);
    const remove = (service: QueueService, receipt: string) =>
      deleteMessages(service, { queue: 'orders', receipts: [receipt] });

    await remove(world.service, first);
    await changeVisibility(other, { queue: 'orders', entries: [{ receipt: second, visibilityMs: 0 }] });
    await remove(world.service, third);
    await changeVisibility(other, { queue: 'orders', entries: [{ receipt: last, visibilityMs: 60_000 }] });

    expect([await remove(world.service, second), await remove(world.service, last)]).toEqual([['done'], ['done']]);
    world.clock.advance(60_001);
    expect(await world.consume()).toEqual([]);
    expect((await world.rewind()).messagesRewound).toBe(4);
  });
});

describe('a delete whose process dies after any step', () => {
  it('can be repeated, and deletes each message once', async () => {
    const deaths = await dieAfterEachStep(async (steps) => {
      const world = await given({ sent: numbers(5) });
      const messages = await world.receive();
      await world.changeVisibility(messages.slice(0, 2), 0);
      const receipts = messages.slice(0, 4).map(({ receipt }) => receipt);
      const mortal = world.process({}, dyingAfter(steps, world.ports));
      const death = await deathOf(deleteMessages(mortal, { queue: 'orders', receipts }));

      const outcomes = await deleteMessages(world.service, { queue: 'orders', receipts });

      // Nothing tells which consumer took the messages that were made visible at once.
      expect(outcomes.slice(2)).toEqual(['done', 'done']);
      world.clock.advance(30_000);
      expect(await world.consume()).toEqual(messages.slice(4).map(({ body }) => body));
      world.clock.advance(1);
      expect((await world.rewind()).messagesRewound).toBe(5);
      return death;
    });

    expect(deaths).toBeGreaterThan(2);
  });
});

describe('a change of visibility whose process dies after any step', () => {
  it('loses no message', async () => {
    await dieAfterEachStep(async (steps) => {
      const world = await given({ sent: numbers(3) });
      const messages = await world.receive();
      const entries = messages.slice(0, 2).map(({ receipt }) => ({ receipt, visibilityMs: 0 }));
      const mortal = world.process({}, dyingAfter(steps, world.ports));
      const death = await deathOf(changeVisibility(mortal, { queue: 'orders', entries }));
      world.clock.advance(30_000);

      expect(new Set(await world.consume())).toEqual(new Set(numbers(3)));
      return death;
    });
  });
});
