import { control, pauseAndResume, sendMany } from './actors.ts';
import { AS_BUILT, type Pushing, PushWorld } from './world.ts';

const STORY_MS = 1_500_000;
/** Time for all leases to end, and for the controller to wake what was lost. */
const REST_MS = 1_800_000;

/** Plays one world: a time with faults, and a rest without them, after which everything has reached the target. */
export function simulatePushing(seed: number, planted: Partial<Pushing> = {}): readonly string[] {
  const world = new PushWorld(seed, { ...AS_BUILT, ...planted });
  world.spawn(control(world));
  world.spawn(sendMany(world, world.isBusy ? 40 : 80));
  if (world.random.chance(0.5)) world.spawn(pauseAndResume(world));
  world.play(world.nowMs + STORY_MS);
  world.hasFaults = false;
  world.play(world.nowMs + REST_MS);
  const left = world.messages.filter(({ isDeleted }) => !isDeleted).length;
  if (left > 0) world.violations.add('a message never reaches its target');
  if (world.messages.some(({ isDeleted, isReached }) => isDeleted && !isReached))
    world.violations.add('a message is deleted before it reached its target');
  return [...world.violations];
}
