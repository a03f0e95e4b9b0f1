import { join } from 'node:path';
import { refuseForeign } from '../protocols/rest/answer.ts';
import { consolePages } from './console-pages.ts';
import { ENV, type Environment, variable } from './env.ts';
import { packedConsole } from './find-console.ts';
import type { RestHandler } from './lambda.ts';

/** Variables of Lambda itself: the folder of the function, and its Region. */
const TASK_ROOT = 'LAMBDA_TASK_ROOT';
const REGION = 'AWS_REGION';

/**
 * Opens the function that serves the files of the console to everyone. It has no permission but for its log.
 * @throws Error that names the missing environment variable
 */
export function openPagesFunction(environment: Environment): RestHandler {
  const pages = consolePages(packedConsole(join(variable(environment, TASK_ROOT), 'console')), {
    stage: variable(environment, ENV.stage),
    region: variable(environment, REGION),
    issuer: variable(environment, ENV.signInIssuer),
    clientId: variable(environment, ENV.signInClient),
    groupsClaim: variable(environment, ENV.groupsClaim),
    origins: variable(environment, ENV.signInOrigins),
  });
  return async (event, context) => refuseForeign(event) ?? (await pages(event, context));
}
