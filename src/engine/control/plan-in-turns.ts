import { type Action, type PlanInput, planBySteps } from '../../model/plan/index.ts';
import type { Clock } from '../../ports/clock.ts';
import { Breather } from '../memory/index.ts';

/** What to change now, thought out while others run: a plan for thousands of queues takes as much as a second. */
export async function planInTurns(clock: Clock, input: PlanInput): Promise<Action[]> {
  const breather = new Breather(clock);
  const steps = planBySteps(input);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await breather.pause();
  }
}
