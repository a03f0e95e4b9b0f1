import middy from '@middy/core';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { wakeForArrivals } from '../src/engine/index.ts';
import { openAwsRuntime } from '../src/runtime/aws.ts';
import { arrivalsIn } from '../src/stores/dynamodb/change-feed.ts';

const { service, layers, pushRunner } = openAwsRuntime(process.env);

/** Told by the streams what enters queues that push. It never waits for a dispatcher or a target. */
export const handler = middy(async (batch: DynamoDBStreamEvent) => {
  if (pushRunner !== undefined) await wakeForArrivals(service, arrivalsIn(batch), pushRunner.call);
}).use([...layers]);
