import middy from '@middy/core';
import { discardDue } from '../src/engine/index.ts';
import { openAwsRuntime } from '../src/runtime/aws.ts';
import { METRICS } from '../src/runtime/env.ts';
import { oldestReadyMs } from '../src/runtime/oldest-ready.ts';

const { service, telemetry } = openAwsRuntime(process.env);

/** Runs each minute: tells how long messages wait, and discards what was purged or deleted an hour ago. */
export const handler = middy(async () => {
  telemetry.measureSeconds(METRICS.oldestReadySeconds, (await oldestReadyMs(service)) / 1_000);
  await discardDue(service);
}).use([...telemetry.layers]);
