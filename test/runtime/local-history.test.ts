import { appendFileSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createQueue, deleteMessages, receive } from '../../src/engine/index.ts';
import { SERIES, stepOf } from '../../src/model/history.ts';
import { LocalHistory } from '../../src/runtime/local-history.ts';
import { LineRing } from '../../src/stores/directory/line-ring.ts';
import { given, type World } from '../support/given.ts';
import { silentLog } from '../support/logs.ts';

const MINUTE_MS = 60_000;

async function givenDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rewindmq-history-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

/** A history over the world, whose receives it learns of. Its minutes are noted by the test. */
async function givenHistory(world: World, directory?: string, calls = { calls: 0, callSeconds: 0 }) {
  const history = await LocalHistory.open(directory, silentLog);
  const service = world.process({}, { onReceived: history.noteReceived.bind(history) });
  await history.begin(service, () => ({ ...calls }));
  onTestFinished(() => history.close());
  return {
    history,
    service,
    calls,
    /** Ends a minute. */
    minute: async () => {
      await world.settle();
      await history.note(stepOf(world.clock.nowMs(), MINUTE_MS));
      world.clock.advance(MINUTE_MS);
    },
  };
}

/** The last step of the first queue by the names of its numbers. */
async function lastStep(history: LocalHistory) {
  const queues = (await history.read('1h')).at(-1)?.queues ?? new Map<string, readonly number[]>();
  const [values] = [...queues.values()];
  return values && Object.fromEntries(SERIES.map((name, index) => [name, values[index]]));
}

describe('the history of a server', () => {
  it('ends with the process where its files cannot be opened', async () => {
    const directory = await givenDirectory();
    appendFileSync(join(directory, 'history'), 'a file in place of the directory');
    const world = await given({ sent: ['before'] });
    const { history, minute } = await givenHistory(world, directory);

    await minute();

    expect(await lastStep(history)).toMatchObject({ ready: 1 });
  });

  it('notes what queues did in each minute, and what they hold', async () => {
    const world = await given({ sent: ['before'] });
    const { history, service, minute } = await givenHistory(world);
    await minute();
    expect(await lastStep(history)).toMatchObject({ sent: 0, ready: 1 });

    await world.send(['one', 'two', 'three']);
    const [first] = await receive(service, { queue: 'orders', max: 2, waitMs: 0 });
    await deleteMessages(service, { queue: 'orders', receipts: [first?.receipt ?? ''] });
    await minute();

    expect(await lastStep(history)).toMatchObject({ sent: 3, received: 2, receivedAgain: 0, deleted: 1 });
    expect(await lastStep(history)).toMatchObject({ ready: 2, inFlight: 1 });
  });

  it('tells messages that came again', async () => {
    const world = await given({ sent: ['one'] });
    const { history, service, minute } = await givenHistory(world);
    await receive(service, { queue: 'orders', max: 1, waitMs: 0, visibilityMs: 0 });
    world.clock.advance(1_000);
    await receive(service, { queue: 'orders', max: 1, waitMs: 0 });
    await minute();

    expect(await lastStep(history)).toMatchObject({ received: 2, receivedAgain: 1 });
  });

  it('counts a queue that is new from nothing', async () => {
    const world = await given({ queues: {} });
    const { history, service, minute } = await givenHistory(world);
    await minute();
    await createQueue(service, { name: 'new', settings: {} });
    await world.send(['one'], { queue: 'new' });
    await minute();

    expect(await lastStep(history)).toMatchObject({ sent: 1, ready: 1 });
  });

  it('is there again after a restart, though a crash cut its last line', async () => {
    const directory = await givenDirectory();
    const world = await given({ sent: ['one'] });
    const before = await givenHistory(world, directory, { calls: 5, callSeconds: 1 });
    await before.minute();
    await world.send(['two']);
    before.calls.calls = 7;
    await before.minute();
    await before.history.close();
    appendFileSync(join(directory, 'history/steps-60s.jsonl'), '{"atMs": 1');

    const after = await givenHistory(world, directory);

    expect(await after.history.read('1h')).toEqual(await before.history.read('1h'));
    expect(await after.history.read('1h')).toHaveLength(2);
    const usage = [...(await after.history.usage()).values()];
    expect(usage).toEqual([{ calls: 2, callSeconds: 0, sent: 1, received: 0, deleted: 0 }]);
  });

  it('writes nothing to shards, and takes nothing from the wait for the next look', async () => {
    const world = await given({ sent: ['one'] });
    const { minute } = await givenHistory(world);
    const before = JSON.stringify(await world.deliveries());

    await minute();
    await minute();

    expect(JSON.stringify(await world.deliveries())).toBe(before);
  });
});

describe('a ring of lines', () => {
  it('keeps the last lines, and its file stays small', async () => {
    const path = join(await givenDirectory(), 'ring.jsonl');
    const { ring } = await LineRing.open(path, 10);

    for (let line = 0; line < 100; line += 1) await ring.append(String(line));

    const kept = readFileSync(path, 'utf8').trim().split('\n');
    expect(kept.length).toBeLessThanOrEqual(15);
    const { lines } = await LineRing.open(path, 10);
    expect(lines).toEqual(Array.from({ length: 10 }, (_, index) => String(90 + index)));
  });
});
