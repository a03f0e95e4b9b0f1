import middy from '@middy/core';
import { actionTable } from '../protocols/rest/action-table.ts';
import { ALL_ACTIONS } from '../protocols/rest/actions/index.ts';
import { consoleTable, neededFor } from '../protocols/rest/console-calls.ts';
import { openAwsRuntime } from './aws.ts';
import { ENV, type Environment, variable } from './env.ts';
import { type RestHandler, restHandler } from './lambda.ts';
import { systemClock } from './system-clock.ts';

/**
 * Opens the function that answers a console's calls. The gateway has verified the person's token; this function checks
 * the role. @throws Error that names the missing environment variable
 */
export function openConsoleFunction(environment: Environment): RestHandler {
  const { service, telemetry, layers } = openAwsRuntime(environment);
  const people = { stage: variable(environment, ENV.stage), groupsClaim: variable(environment, ENV.groupsClaim) };
  const actions = actionTable(ALL_ACTIONS.filter(({ id }) => neededFor(id) !== undefined));
  const host = { service, startedAtMs: systemClock.nowMs(), actions: consoleTable(actions, people) };
  return middy(restHandler(host, telemetry.log)).use([...layers]) as RestHandler;
}
