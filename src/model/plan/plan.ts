import type { Action } from './action.ts';
import { coolCells, warmCells } from './cells.ts';
import type { PlanInput } from './input.ts';
import { Placement } from './placement.ts';
import { planQueue } from './queue.ts';

/**
 * What to change now, by what was seen of the load: at most one change of a queue. Pure, and all that it remembers is
 * in the routes: since when a shard is open, or draining. Once its changes are made it plans nothing more until the
 * load changes.
 */
export function plan(input: PlanInput): Action[] {
  const placement = new Placement(input);
  const actions: Action[] = [];
  for (const queue of input.queues) {
    actions.push(...planQueue(queue, { ...input, placement }));
  }
  const settled = input.queues.filter(
    ({ id }) => !actions.some((action) => 'queueId' in action && action.queueId === id),
  );
  return [...actions, ...coolCells(settled, { ...input, placement }), ...warmCells({ ...input, placement })];
}
