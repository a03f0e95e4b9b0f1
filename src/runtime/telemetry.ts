import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { MiddlewareObj } from '@middy/core';
import type { Damage } from '../engine/index.ts';
import type { StoreObserver } from '../stores/dynamodb/observer.ts';
import { METRICS, METRICS_NAMESPACE } from './env.ts';
import type { Log } from './log.ts';
import { ThrottledCalls } from './throttled-calls.ts';

/** Log lines and metrics of a deployed function, on standard output, where CloudWatch reads them. */
export interface Telemetry {
  readonly log: Log;
  readonly observer: StoreObserver;
  readonly onDamage: (damage: Damage) => void;
  /** Layers around a handler: the id of the call on each line; metrics written when it ends. */
  readonly layers: readonly MiddlewareObj[];
  count(name: string, value: number): void;
  measureSeconds(name: string, value: number): void;
}

/** Writes problems only, and metrics only after a count: a line a call would cost as much as the call. */
export function openTelemetry(stage: string): Telemetry {
  const logger = new Logger({ serviceName: stage });
  const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: stage });
  const throttled = new ThrottledCalls();
  // CloudWatch bills a metric for each hour in which it has a value, even zero.
  const add = (name: string, unit: Unit, value: number) => {
    if (value !== 0) metrics.addMetric(name, unit, value);
  };
  const count = (name: string, value: number) => add(name, MetricUnit.Count, value);
  const warn = (event: string, fields?: object) => logger.warn(event, { ...fields });
  return {
    log: {
      info: (event, fields) => logger.info(event, { ...fields }),
      warn,
      error: (event, error, fields) => {
        count(METRICS.failedCalls, 1);
        logger.error(event, { ...fields, error: asError(error) });
      },
    },
    observer: {
      onThrottle: (throttle) => throttled.add(throttle),
      onUnreadable: (shard, key, error) => {
        count(METRICS.unreadable, 1);
        logger.error('deliveryUnreadable', { shard, key, error: asError(error) });
      },
    },
    onDamage: ({ queueId, what, messageCount }) => {
      count(METRICS.unreadable, 1);
      logger.error('messagesDamaged', { queueId, what, messageCount });
    },
    // The last layer ends first: its counts are written with the rest.
    layers: [injectLambdaContext(logger), flush(metrics), throttled.layer({ warn, count })],
    count,
    measureSeconds: (name, value) => add(name, MetricUnit.Seconds, value),
  };
}

function flush(metrics: Metrics): MiddlewareObj {
  const publish = () => {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  };
  return { after: publish, onError: publish };
}

type Unit = (typeof MetricUnit)[keyof typeof MetricUnit];

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
