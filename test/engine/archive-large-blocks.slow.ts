import { expect, it } from 'vitest';
import { archive } from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import type { ObjectStore } from '../../src/ports/object-store.ts';
import { given } from '../support/given.ts';
import { freshText, START_MS } from '../support/ids.ts';

const MESSAGES = 100;
const MESSAGE_BYTES = 40_000;

/** An object store that counts its reads. */
function counted(objects: ObjectStore): { objects: ObjectStore; read: { calls: number; bytes: number } } {
  const read = { calls: 0, bytes: 0 };
  const get: ObjectStore['get'] = async (name, range) => {
    const bytes = await objects.get(name, range);
    read.calls++;
    read.bytes += bytes?.length ?? 0;
    return bytes;
  };
  return { objects: { ...bound(objects), get }, read };
}

const bound = (objects: ObjectStore): ObjectStore => ({
  putIfAbsent: (...call) => objects.putIfAbsent(...call),
  keep: (name) => objects.keep(name),
  get: (...call) => objects.get(...call),
  remove: (name) => objects.remove(name),
  list: (...call) => objects.list(...call),
});

it.each([1, 10, 100])('reads a large block once a batch when it is deleted %d at a time', async (atOnce) => {
  const world = await given();
  await world.send(Array.from({ length: MESSAGES }, () => freshText(MESSAGE_BYTES)));
  const messages = await world.receive();
  while (messages.length < MESSAGES) messages.push(...(await world.receive()));
  for (let first = 0; first < MESSAGES; first += atOnce) await world.delete(messages.slice(first, first + atOnce));
  const { objects, read } = counted(world.ports.objects);
  let turns = 0;
  let nowMs = START_MS + 1;
  const clock = { nowMs: () => (nowMs += 3) as EpochMs, sleep: async () => void turns++ };

  await archive(world.process({}, { objects, clock }), await world.takeChanges());

  expect(read.calls).toBe(1);
  expect(read.bytes).toBeLessThan(MESSAGES * MESSAGE_BYTES);
  expect(turns).toBeGreaterThanOrEqual(Math.floor(MESSAGES / atOnce / 5));
});

it('reads no more of a block than what was deleted of it', async () => {
  const world = await given();
  await world.send(Array.from({ length: MESSAGES }, () => freshText(MESSAGE_BYTES)));
  const messages = await world.receive();
  await world.settle();
  const { objects, read } = counted(world.ports.objects);

  await world.delete(messages.slice(0, 1));
  await archive(world.process({}, { objects }), await world.takeChanges());

  expect(read.bytes).toBeLessThan(2 * MESSAGE_BYTES);
});
