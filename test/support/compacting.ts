import { sweepCompactions } from '../../src/engine/archive/apply-compaction.ts';
import { archive } from '../../src/engine/index.ts';
import type { Change } from '../../src/model/change.ts';
import { hourText } from '../../src/model/retention.ts';
import { given, type World } from './given.ts';
import { START_MS } from './ids.ts';

export const BODIES = ['a', 'b', 'c', 'd', 'e'];
export const HOUR = hourText(START_MS);
export const HOUR_MS = 3_600_000;

/** A queue with each message deleted in its own batch of the feed; the test can repeat the batches. */
export async function givenQuiet(bodies: readonly string[] = BODIES): Promise<{ world: World; batches: Change[][] }> {
  const world = await given();
  const batches: Change[][] = [];
  for (const body of bodies) {
    await world.send([body]);
    world.clock.advance(1_000);
    await world.consume();
    const batch = await world.takeChanges();
    await archive(world.service, batch);
    batches.push(batch);
  }
  world.clock.advance(1_000);
  return { world, batches };
}

export const archiveNames = (world: World) => world.ports.objects.list('archive/', { limit: 100 });
export const listed = (world: World) => world.service.catalog.list('archived', { limit: 100 });

/** Lets an hour pass, after which the objects that others replaced are gone. */
export async function sweep(world: World): Promise<void> {
  world.clock.advance(HOUR_MS);
  await sweepCompactions(world.service);
}
