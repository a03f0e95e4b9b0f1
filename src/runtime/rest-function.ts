import middy from '@middy/core';
import type { Action } from '../protocols/rest/action.ts';
import { actionTable } from '../protocols/rest/action-table.ts';
import { openAwsRuntime } from './aws.ts';
import type { Environment } from './env.ts';
import { type RestHandler, restHandler } from './lambda.ts';
import { systemClock } from './system-clock.ts';

/** Opens the function that serves these calls. @throws Error that names the missing environment variable */
export function openRestFunction(environment: Environment, actions: readonly Action[]): RestHandler {
  const { service, telemetry, layers } = openAwsRuntime(environment);
  const host = { service, startedAtMs: systemClock.nowMs(), actions: actionTable(actions) };
  return middy(restHandler(host, telemetry.log)).use([...layers]) as RestHandler;
}
