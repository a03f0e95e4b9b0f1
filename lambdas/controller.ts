import middy from '@middy/core';
import { openAwsRuntime } from '../src/runtime/aws.ts';
import { controlAtOnce, everyMinute } from '../src/runtime/minute.ts';

const runtime = openAwsRuntime(process.env);

/** Called each minute by a schedule, and in between by functions whose calls are throttled. */
export const handler = middy(async ({ isWake }: { readonly isWake?: boolean }) => {
  await (isWake === true ? controlAtOnce(runtime) : everyMinute(runtime));
}).use([...runtime.layers]);
