import middy from '@middy/core';
import { openAwsRuntime } from './aws.ts';
import { openAwsKeys } from './aws-keys.ts';
import type { Environment } from './env.ts';
import { KeyCheck } from './key-check.ts';
import { type RestHandler, sqsHandler } from './lambda.ts';
import { ownerOf } from './owner.ts';
import { systemClock } from './system-clock.ts';

/**
 * Opens the function that answers SQS clients. It verifies the caller itself, because no gateway does.
 * @throws Error that names the missing environment variable
 */
export function openSqsFunction(environment: Environment): RestHandler {
  const { service, telemetry, layers } = openAwsRuntime(environment);
  const check = new KeyCheck(openAwsKeys(environment, service), systemClock);
  const handlers = new Map<string, RestHandler>();
  const answer: RestHandler = async (event, context) => {
    const arn = context.invokedFunctionArn ?? '';
    const handler = handlers.get(arn) ?? sqsHandler({ service, ...ownerOf(arn) }, telemetry.log, check);
    handlers.set(arn, handler);
    return await handler(event, context);
  };
  return middy(answer).use([...layers]) as RestHandler;
}
