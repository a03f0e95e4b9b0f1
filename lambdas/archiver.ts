import middy from '@middy/core';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { archive } from '../src/engine/index.ts';
import { openAwsRuntime } from '../src/runtime/aws.ts';
import { countChanges } from '../src/runtime/feed-metrics.ts';
import { changeOfRecord } from '../src/stores/dynamodb/change-feed.ts';

const { service, telemetry, layers } = openAwsRuntime(process.env);

/** Follows the stream of a cell. What fails is given again, in halves, so that one damaged record stops only itself. */
export const handler = middy(async ({ Records: records }: DynamoDBStreamEvent) => {
  const changes = records.flatMap((record) => changeOfRecord(record) ?? []);
  await archive(service, changes);
  countChanges(telemetry, changes);
}).use([...layers]);
