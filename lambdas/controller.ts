import middy from '@middy/core';
import { openAwsRuntime } from '../src/runtime/aws.ts';
import { everyMinute } from '../src/runtime/minute.ts';

const { service, telemetry } = openAwsRuntime(process.env);

export const handler = middy(async () => {
  await everyMinute(service, telemetry);
}).use([...telemetry.layers]);
