import { describe, expect, it } from 'vitest';
import { changeVisibility, receive } from '../../src/engine/index.ts';
import { type Delivery, messageCount } from '../../src/model/delivery.ts';
import { QueueError } from '../../src/model/errors.ts';
import { ANSWER_BYTES_MAX, MESSAGES_PER_LEASE_MAX, type Thresholds } from '../../src/model/limits.ts';
import { jsonBytes } from '../../src/model/message.ts';
import { replaced } from '../simulation/replaced.ts';
import { given, type World } from '../support/given.ts';
import { freshText } from '../support/ids.ts';

const MIB = 1024 * 1024;
/** The thresholds of the local server, which compresses larger payloads into its deliveries. */
const LOCAL: Thresholds = {
  inlineBytesMax: 1_800,
  leaseBytesMax: 1_900,
  plainBytesMax: 16_384,
  blockBytesMax: 262_144,
};
const numbered = (count: number, body: (number: number) => string): string[] =>
  Array.from({ length: count }, (_, number) => `${number}:${body(number)}`);
const numberOf = ({ body }: { readonly body: string }) => Number(body.slice(0, body.indexOf(':')));

const withDeadLetters = (maxReceives: number, thresholds?: Thresholds) =>
  given({
    queues: { dead: {}, orders: { deadLetter: { queue: 'dead', maxReceives } } },
    ...(thresholds === undefined ? {} : { settings: { thresholds } }),
  });

/** Receives until nothing comes, and lets each lease run out; returns the seen messages and the largest answer. */
async function receiveAll(world: World, max: number) {
  const seen = new Set<number>();
  let bytesMax = 0;
  for (;;) {
    const messages = await world.receive({ max });
    if (messages.length === 0) return { seen, bytesMax };
    for (const message of messages) seen.add(numberOf(message));
    bytesMax = Math.max(
      bytesMax,
      messages.reduce((sum, message) => sum + jsonBytes(message), 0),
    );
  }
}

const countOf = (deliveries: readonly Delivery[]): number =>
  deliveries.reduce((sum, delivery) => sum + messageCount(delivery), 0);

describe('messages of which not all fit an answer', () => {
  it.each([
    ['in blocks of JSON, which grows in an answer', undefined, () => '{"a":"b"}'.repeat(45_000)],
    ['compressed within their deliveries', LOCAL, () => ' '.repeat(1_000_000)],
    ['compressed, and of control characters', LOCAL, () => '\u0001'.repeat(300_000)],
  ])('are each received before they are dead letters: %s', async (_, thresholds, body) => {
    const world = await withDeadLetters(1, thresholds);
    for (const one of numbered(10, body)) await world.send([one]);

    const { seen, bytesMax } = await receiveAll(world, 10);

    expect(seen.size).toBe(10);
    expect(bytesMax).toBeLessThanOrEqual(ANSWER_BYTES_MAX);
    expect(await world.deliveries('dead')).toEqual([]);
  });

  it('keep their receive count where they stay, in the middle of a block too', async () => {
    const world = await withDeadLetters(1);
    await world.send(['small', ...numbered(9, () => '"'.repeat(300_000))]);

    const counts: number[] = [];
    for (let messages = await world.receive(); messages.length > 0; messages = await world.receive()) {
      counts.push(...messages.map(({ receiveCount }) => receiveCount));
    }

    expect(counts).toEqual(Array.from({ length: 10 }, () => 1));
  });

  it('stay where they are when they are rewound: a receive takes what one answer carries', async () => {
    const world = await withDeadLetters(2);
    for (const body of numbered(40, (number) => `row ${number} `.repeat(MIB / 8))) {
      await world.send([body]);
      await world.delete(await world.receive());
    }
    await world.settle();
    world.clock.advance(1_000);
    await world.rewind();

    const first = await world.receive();
    const leased = (await world.deliveries()).filter(({ receiveCount }) => receiveCount > 0);

    expect(countOf(leased)).toBe(first.length);
    const { seen } = await receiveAll(world, 1_000);
    expect(seen.size + first.length).toBe(40);
    expect(await world.deliveries('dead')).toEqual([]);
  });
});

describe('a message whose block has not come yet', () => {
  it('is no dead letter before somebody received it', async () => {
    const world = await withDeadLetters(1);
    const { shards } = world.ports;
    let isThere = false;
    const late = replaced(shards, { getBlocks: async (ids) => (isThere ? await shards.getBlocks(ids) : new Map()) });
    const service = world.process({}, { shards: late });
    await world.send(numbered(3, () => freshText(1_000)));
    const receiveNow = () => receive(service, { queue: 'orders', max: 10, waitMs: 0 });

    const early = await receiveNow();
    isThere = true;
    const messages = await receiveNow();

    expect(early).toEqual([]);
    expect(messages.map(({ receiveCount }) => receiveCount)).toEqual([1, 1, 1]);
  });
});

describe('a message of which the ledger could not be asked', () => {
  it('keeps its receive count until it is answered', async () => {
    const world = await withDeadLetters(2);
    await world.send(numbered(3, () => freshText(1_000)));
    await world.receive();
    world.clock.advance(30_001);
    const { ledger } = world.ports;
    const progress = async () => Promise.reject(new QueueError('Throttled', 'the ledger is at its limit'));
    const busy = world.process({}, { ledger: replaced(ledger, { progress }) });

    await expect(receive(busy, { queue: 'orders', max: 10, waitMs: 0 })).rejects.toMatchObject({ code: 'Throttled' });
    const messages = await world.receive();

    expect(messages.map(({ receiveCount }) => receiveCount)).toEqual([2, 2, 2]);
  });
});

describe('rewound messages that one consumer holds', () => {
  it('lie on leases of a hundred at most, and are extended, given back and deleted', async () => {
    const world = await given();
    await world.send(numbered(450, () => ''));
    await world.delete(await world.receive());
    await world.settle();
    world.clock.advance(1_000);
    await world.rewind();

    const messages = await world.receive();
    const leases = await world.deliveries();
    const extended = await world.changeVisibility(messages, 60_000);
    const entries = messages.slice(0, 220).map(({ receipt }) => ({ receipt, visibilityMs: 0 }));
    const givenBack = await changeVisibility(world.service, { queue: 'orders', entries });
    const again = await world.receive();

    expect(messages).toHaveLength(450);
    for (const lease of leases) expect(messageCount(lease)).toBeLessThanOrEqual(MESSAGES_PER_LEASE_MAX);
    expect(new Set([...extended, ...givenBack])).toEqual(new Set(['done']));
    expect(again).toHaveLength(220);
    const outcomes = await world.delete([...messages.slice(220), ...again]);
    expect(new Set(outcomes)).toEqual(new Set(['done']));
    expect(await world.deliveries()).toEqual([]);
  });
});
