import middy from '@middy/core';
import { ENV, type Environment, variable } from './env.ts';
import { type RestHandler, unroutedHandler } from './lambda.ts';
import { openTelemetry } from './telemetry.ts';

/**
 * Opens the function that answers calls to no route. It has no access to storage, because every caller reaches it.
 * @throws Error that names the missing environment variable
 */
export function openUnroutedFunction(environment: Environment): RestHandler {
  const { log, layers } = openTelemetry(variable(environment, ENV.stage));
  return middy(unroutedHandler(log)).use([...layers]) as RestHandler;
}
