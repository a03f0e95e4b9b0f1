import { openQueueService, type Ports, type QueueService } from '../../src/engine/index.ts';
import { cellId } from '../../src/model/ids.ts';
import { DEFAULT_THRESHOLDS, ROUTE_FRESH_MS } from '../../src/model/limits.ts';

/** The service of one process in a world with one cell, as a deployment sets it. */
export const serviceOn = (ports: Ports): QueueService =>
  openQueueService(ports, {
    thresholds: DEFAULT_THRESHOLDS,
    cells: [cellId(0)],
    routeFreshMs: ROUTE_FRESH_MS,
    shardsPerQueue: 1,
  });
