import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { MiddlewareObj } from '@middy/core';
import type { Damage } from '../engine/index.ts';
import type { StoreObserver } from '../stores/dynamodb/observer.ts';
import { METRICS, METRICS_NAMESPACE } from './env.ts';
import type { Log } from './log.ts';

/** What a deployed function tells: log lines and metrics, both on standard output, where CloudWatch reads them. */
export interface Telemetry {
  readonly log: Log;
  readonly observer: StoreObserver;
  readonly onDamage: (damage: Damage) => void;
  /** Layers around a handler: the id of the call on each line; metrics written when it ends. */
  readonly layers: readonly MiddlewareObj[];
  count(name: string, value: number): void;
  measureSeconds(name: string, value: number): void;
}

/** Problems only, and metrics only where something was counted: a line a call would cost as much as the call. */
export function openTelemetry(stage: string): Telemetry {
  const logger = new Logger({ serviceName: stage });
  const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: stage });
  const count = (name: string, value: number) => metrics.addMetric(name, MetricUnit.Count, value);
  return {
    log: {
      warn: (event, fields) => logger.warn(event, { ...fields }),
      error: (event, error, fields) => {
        count(METRICS.failedCalls, 1);
        logger.error(event, { ...fields, error: asError(error) });
      },
    },
    observer: {
      onThrottle: ({ table, shard, reason }) => {
        count(METRICS.throttles, 1);
        logger.warn('storeThrottled', { table, shard, reason });
      },
      onUnreadable: (shard, key, error) => {
        count(METRICS.unreadable, 1);
        logger.error('deliveryUnreadable', { shard, key, error: asError(error) });
      },
    },
    onDamage: ({ queueId, what, messageCount }) => {
      count(METRICS.unreadable, 1);
      logger.error('messagesDamaged', { queueId, what, messageCount });
    },
    layers: [injectLambdaContext(logger), flush(metrics)],
    count,
    measureSeconds: (name, value) => metrics.addMetric(name, MetricUnit.Seconds, value),
  };
}

function flush(metrics: Metrics): MiddlewareObj {
  const publish = () => {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  };
  return { after: publish, onError: publish };
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
