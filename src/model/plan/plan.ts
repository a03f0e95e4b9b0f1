import type { QueueId } from '../ids.ts';
import type { Action } from './action.ts';
import { coolCells, warmCells } from './cells.ts';
import type { PlanInput } from './input.ts';
import { LoadMap } from './load-map.ts';
import { planQueue } from './queue.ts';

/**
 * Plans the changes for the observed load, at most one change a queue. Pure. Its only memory is in the routes: since
 * when a shard is open or draining. After its changes are made it plans nothing more until the load changes.
 */
export function plan(input: PlanInput): Action[] {
  const steps = planBySteps(input);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same plan, one step a queue: with thousands of queues, other work runs in between. */
export function* planBySteps(input: PlanInput): Generator<void, Action[]> {
  const world = { ...input, loadMap: new LoadMap(input) };
  const actions: Action[] = [];
  const changed = new Set<QueueId>();
  for (const queue of input.queues) {
    yield;
    const some = planQueue(queue, world);
    if (some.length > 0) changed.add(queue.id);
    actions.push(...some);
  }
  const settled = input.queues.filter(({ id }) => !changed.has(id));
  return [...actions, ...coolCells(settled, world), ...warmCells(world)];
}
