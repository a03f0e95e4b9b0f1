import middy from '@middy/core';
import { type Environment, openAwsRuntime } from './aws.ts';
import { openAwsKeys } from './aws-keys.ts';
import { keysHandler, type RestHandler } from './lambda.ts';

/** Opens the function that gives out access keys. @throws Error that names the environment variable which is missing */
export function openKeysFunction(environment: Environment): RestHandler {
  const { service, telemetry } = openAwsRuntime(environment);
  return middy(keysHandler(openAwsKeys(environment, service), telemetry.log)).use([...telemetry.layers]) as RestHandler;
}
