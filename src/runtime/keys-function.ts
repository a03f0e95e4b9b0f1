import middy from '@middy/core';
import { openAwsRuntime } from './aws.ts';
import { openAwsKeys } from './aws-keys.ts';
import type { Environment } from './env.ts';
import { keysHandler, type RestHandler } from './lambda.ts';

/** Opens the function that issues access keys. @throws Error that names the missing environment variable */
export function openKeysFunction(environment: Environment): RestHandler {
  const { service, telemetry } = openAwsRuntime(environment);
  return middy(keysHandler(openAwsKeys(environment, service), telemetry.log)).use([...telemetry.layers]) as RestHandler;
}
