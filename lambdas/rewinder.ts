import middy from '@middy/core';
import { placeItems, type RewindItem, type RewindName, runRewind, shareOutRewind } from '../src/engine/index.ts';
import { openAwsRuntime } from '../src/runtime/aws.ts';

const { service, layers } = openAwsRuntime(process.env);

/** Requests of the state machine of rewinds; batches of items have the form of a distributed map. */
type RewindStep =
  | ({ readonly step: 'plan' | 'end' } & RewindName)
  | { readonly BatchInput: RewindName; readonly Items: readonly RewindItem[] };

export const handler = middy(async (event: RewindStep) => {
  if ('Items' in event) await placeItems(service, event.BatchInput, event.Items);
  else if (event.step === 'plan') return { hasItems: await shareOutRewind(service, event) };
  else await runRewind(service, event.queueId, event.rewindId);
  return {};
}).use([...layers]);
