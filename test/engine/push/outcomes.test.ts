import { describe, expect, it } from 'vitest';
import { queueCounts } from '../../../src/engine/index.ts';
import type { CallEnd } from '../../../src/model/push/index.ts';
import { given } from '../../support/given.ts';
import { DONE, FakeTarget, givenSubscription, push, status } from '../../support/pushing.ts';

const DELETED = [200, 202, 204].map(status);
const COUNTED: readonly CallEnd[] = [
  ...[400, 413, 415, 422, 500, 501].map(status),
  { kind: 'handlerFailed' },
  { kind: 'handlerExited' },
];
const UNCLEAR: readonly CallEnd[] = [status(502), status(504), { kind: 'timedOut' }, { kind: 'answerCut' }];
const UNCOUNTED: readonly CallEnd[] = [
  ...[301, 302, 307, 401, 403, 404, 405, 407, 408, 410, 425, 429, 503].map(status),
  { kind: 'addressRefused' },
  { kind: 'notSigned' },
  { kind: 'nameNotResolved' },
  { kind: 'notConnected' },
  { kind: 'tlsFailed' },
  { kind: 'notLoaded' },
];

/** A queue that has pushed one message in one call, which ended so. */
async function givenCall(end: CallEnd) {
  const world = await given({ sent: ['one'], queues: { orders: { visibilityMs: 5_000 } } });
  await givenSubscription(world);
  const only = new AbortController();
  const target = new FakeTarget(() => {
    only.abort();
    return { end };
  });
  await push(world, target, only.signal);
  await world.settle();
  const { counts } = await queueCounts(world.service, 'orders');
  return { world, target, counts, nowMs: world.clock.nowMs() };
}

const named = (ends: readonly CallEnd[]) => ends.map((end) => [JSON.stringify(end), end] as const);

describe('a message whose call ends', () => {
  it.each(named(DELETED))('with %s is deleted', async (_, end) => {
    const { counts, target } = await givenCall(end);

    expect(target.bodies).toEqual([['one']]);
    expect(counts).toMatchObject({ sent: 1, deleted: 1, inFlight: 0, delayed: 0, ready: 0 });
  });

  it.each(named(COUNTED))(
    'with %s comes again after the visibility of its queue, and the receive counts',
    async (_, end) => {
      const { counts, world } = await givenCall(end);

      expect(counts).toMatchObject({ sent: 1, deleted: 0, inFlight: 1 });
      world.clock.advance(5_000);
      expect(await world.receive()).toMatchObject([{ body: 'one', receiveCount: 2 }]);
    },
  );

  it.each(named(UNCLEAR))('with %s stays leased as long as the target may work on it', async (_, end) => {
    const { counts, world } = await givenCall(end);

    expect(counts).toMatchObject({ sent: 1, deleted: 0, inFlight: 1 });
    world.clock.advance(30_000);
    expect(await world.receive()).toEqual([]);
    world.clock.advance(10_001);
    expect(await world.receive()).toMatchObject([{ body: 'one', receiveCount: 2 }]);
  });

  it.each(named(UNCOUNTED))('with %s is given back, and the receive does not count', async (_, end) => {
    const { counts, world } = await givenCall(end);

    expect(counts).toMatchObject({ sent: 1, deleted: 0, delayed: 1, inFlight: 0 });
    world.clock.advance(1_001);
    expect(await world.receive()).toMatchObject([{ body: 'one', receiveCount: 1 }]);
  });
});

describe('a batch whose function reports item failures', () => {
  it('loses what succeeded, and the rest comes again', async () => {
    const world = await given({ sent: ['one', 'two', 'three'], queues: { orders: { visibilityMs: 5_000 } } });
    await givenSubscription(world, { reportBatchItemFailures: true });
    const target = new FakeTarget(({ messages }, number) => {
      const failed = messages.filter(({ body }) => number === 1 && body === 'two');
      return { ...DONE, text: JSON.stringify({ batchItemFailures: failed.map(({ id }) => ({ itemIdentifier: id })) }) };
    });

    await push(world, target);
    world.clock.advance(5_000);
    await push(world, target);

    expect(target.bodies.map((bodies) => bodies.toSorted())).toEqual([['one', 'three', 'two'], ['two']]);
    expect(target.calls[1]?.messages).toMatchObject([{ receiveCount: 2 }]);
    await world.settle();
    expect((await queueCounts(world.service, 'orders')).counts).toMatchObject({ sent: 3, deleted: 3 });
  });

  it('is all deleted when its subscription does not ask for a report', async () => {
    const world = await given({ sent: ['one'] });
    await givenSubscription(world);
    const report = ({ messages: [message] }: { messages: readonly { id: string }[] }) =>
      JSON.stringify({ batchItemFailures: [{ itemIdentifier: message?.id }] });

    await push(world, new FakeTarget((call) => ({ ...DONE, text: report(call) })));

    await world.settle();
    expect((await queueCounts(world.service, 'orders')).counts).toMatchObject({ deleted: 1 });
  });
});

describe('a message that fails too often', () => {
  it('moves to the dead-letter queue', async () => {
    const deadLetter = { queue: 'dead', maxReceives: 2 };
    const world = await given({ queues: { dead: {}, orders: { visibilityMs: 1_000, deadLetter } }, sent: ['one'] });
    await givenSubscription(world);
    const target = new FakeTarget(() => ({ end: status(500) }));

    for (let rounds = 0; rounds < 4; rounds++) {
      await push(world, target);
      world.clock.advance(1_000);
    }

    expect(target.calls).toHaveLength(2);
    expect(await world.receive({ queue: 'dead' })).toMatchObject([{ body: 'one' }]);
  });

  it('does not move while its target alone is at fault', async () => {
    const deadLetter = { queue: 'dead', maxReceives: 1 };
    const world = await given({ queues: { dead: {}, orders: { deadLetter } }, sent: ['one'] });
    await givenSubscription(world);
    const target = new FakeTarget((_, number) => (number <= 12 ? { end: { kind: 'notConnected' } } : DONE));

    while (target.calls.length <= 12) {
      const { restUntilMs } = await push(world, target);
      world.clock.advance(Math.max(1, (restUntilMs ?? 0) - world.clock.nowMs()));
    }

    await world.settle();
    expect((await queueCounts(world.service, 'orders')).counts).toMatchObject({ sent: 1, deleted: 1 });
    expect(await world.receive({ queue: 'dead' })).toEqual([]);
  });
});
