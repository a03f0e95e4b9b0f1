import middy from '@middy/core';
import { archive } from '../src/engine/index.ts';
import { openAwsRuntime } from '../src/runtime/aws.ts';
import { countChanges } from '../src/runtime/feed-metrics.ts';
import { changesOfBatch, type GivenBatch } from '../src/stores/dynamodb/change-feed.ts';

const { service, telemetry, layers } = openAwsRuntime(process.env);

/** Follows the stream of a cell. Failed batches come again in halves, so that one damaged record stops only itself. */
export const handler = middy(async (batch: GivenBatch) => {
  const { changes, telling } = changesOfBatch(batch);
  await archive(service, changes, telling);
  countChanges(telemetry, changes);
}).use([...layers]);
