import { randomBytes } from 'node:crypto';
import type { EpochMs } from '../../src/model/brand.ts';
import {
  cellId,
  DELIVERY_ID_LENGTH,
  type DeliveryId,
  type DeliveryKey,
  deliveryKey,
  type Origin,
  QUEUE_ID_LENGTH,
  type QueueId,
  type ShardKey,
  shardId,
  shardKey,
} from '../../src/model/ids.ts';
import { randomText } from '../../src/model/sortable-text.ts';

/** An instant tests count from. */
export const START_MS = 1_700_000_000_000 as EpochMs;

/** `ms` after the instant tests count from. */
export const at = (ms: number): EpochMs => (START_MS + ms) as EpochMs;

/** Text that no other test has: suites share one store, and some stores outlive the run. */
export const freshText = (length: number): string => randomText(randomBytes(length));

export const freshQueueId = (): QueueId => freshText(QUEUE_ID_LENGTH) as QueueId;
export const freshDeliveryId = (): DeliveryId => freshText(DELIVERY_ID_LENGTH) as DeliveryId;

/** A shard that nobody used before, in cell 0 unless said otherwise. */
export const freshShard = (cell = 0): ShardKey => shardKey(freshQueueId(), shardId(cellId(cell), 0));

/** A key that becomes visible `ms` after the instant tests count from. */
export const freshKey = (ms: number): DeliveryKey => deliveryKey(at(ms), freshDeliveryId());

/** Where messages were sent that nobody sent before. */
export const freshOrigin = (cell = 0): Origin => ({
  shardId: shardId(cellId(cell), 0),
  id: freshDeliveryId(),
  sentAtMs: at(0),
  visibleAtMs: at(0),
});
