/**
 * The controller's decision: from the load, routes and cells to the changes of routes.
 * Pure; the controller and the load simulator call the same code.
 */

export type { Action, Weight } from './action.ts';
export { DEFAULT_PLAN_LIMITS, type PlanCell, type PlanInput, type PlanQueue, SHARD_WRITE_UNITS } from './input.ts';
export { plan, planBySteps } from './plan.ts';
