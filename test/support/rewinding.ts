import { cancelRewind, startRewind } from '../../src/engine/index.ts';
import type { RewindId } from '../../src/model/ids.ts';
import { deathOf, dyingBefore } from './dying.ts';
import { given, type Wishes, type World } from './given.ts';

export const BODIES = ['a', 'b', 'c', 'd', 'e', 'f'];

/** `BODIES`, deleted in two batches of the feed, so that they lie in two archive objects of three each. */
export async function givenTwoObjects(wishes: Wishes = {}): Promise<World> {
  const world = await given(wishes);
  for (const some of [BODIES.slice(0, 3), BODIES.slice(3)]) {
    await world.send(some);
    world.clock.advance(1_000);
    await world.consume();
    await world.settle();
  }
  world.clock.advance(1_000);
  return world;
}

/** A running rewind: it has made the messages of the first object available, and is cancelled before the second. */
export async function givenHalfRewound(): Promise<{ world: World; id: RewindId; received: string[] }> {
  const world = await givenTwoObjects();
  const { id } = await startRewind(world.service, world.everything());
  const isProgress = (step: string, [kind]: readonly unknown[]) => step === 'tryPut' && kind === 'rewind';
  await deathOf(world.runRewinds(world.process({}, dyingBefore(isProgress, world.ports))));
  const messages = await world.receive({ max: 1 });
  await cancelRewind(world.service, 'orders', id);
  return { world, id, received: messages.map(({ body }) => body) };
}

/** One message a second, sent at 0 s, 1 s … and deleted ten seconds after it was sent. */
export async function givenDeleted(bodies: readonly string[]): Promise<World> {
  const world = await given();
  for (const body of bodies) {
    await world.send([body]);
    world.clock.advance(1_000);
  }
  world.clock.advance(10_000 - 1_000 * bodies.length);
  for (const _ of bodies) {
    await world.delete(await world.receive({ max: 1 }));
    world.clock.advance(1_000);
  }
  return world;
}
