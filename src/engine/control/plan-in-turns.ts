import { type Action, type PlanInput, planBySteps } from '../../model/plan/index.ts';
import type { Clock } from '../../ports/clock.ts';
import { Breather } from '../memory/index.ts';

/** Plans the changes in turns with other work: a plan for thousands of queues takes up to a second. */
export async function planInTurns(clock: Clock, input: PlanInput): Promise<Action[]> {
  const breather = new Breather(clock);
  const steps = planBySteps(input);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await breather.pause();
  }
}
