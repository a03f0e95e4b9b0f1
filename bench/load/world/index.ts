/**
 * The simulated deployment: tables with their limits, function instances, scenarios, controllers and the recorder.
 * Both modes run in it.
 */

export { binomial, exponential, poisson, STORE_CALL_MEAN_MS, storeCallMs } from './chance.ts';
export {
  CATCH_UP_SECONDS,
  CLAIM_CALLS_MS,
  CONSUMER_WORK_MS,
  FAILED_CALL_MS,
  GATEWAY_MS_MAX,
  INSTANCE_START_MS,
  LAG_SECONDS,
  LEASE_MS,
  MESSAGES_PER_REQUEST,
  PARTITION_READ_UNITS,
  REQUEST_OWN_MS,
  SPARSE_AGES,
} from './constants.ts';
export type { ControllerName, Decision } from './controllers.ts';
export { Deployment } from './deployment.ts';
export { Fleet } from './fleet.ts';
export { InstanceCount, type RequestKind } from './instances.ts';
export { Recorder, type Row } from './recorder.ts';
export { type RunOptions, START_MS, Surroundings, startedBy } from './run.ts';
export { type QueueLoadCurve, SCENARIOS, type Scenario, scaled } from './scenarios.ts';
export { SplitWatch } from './split-watch.ts';
export { type Grant, placeOf, type Table } from './table.ts';
