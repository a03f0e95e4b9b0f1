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

/** The instant at which tests start. */
export const START_MS = 1_700_000_000_000 as EpochMs;

/** `ms` after the instant at which tests start. */
export const at = (ms: number): EpochMs => (START_MS + ms) as EpochMs;

/**
 * Text that is unique to a test: suites share one store, and some stores outlive the run. It is written at once: V8
 * needs seconds to count the bytes of megabytes that were joined character by character.
 */
export const freshText = (length: number): string =>
  randomBytes(Math.ceil((length * 3) / 4))
    .toString('base64url')
    .slice(0, length);

export const freshQueueId = (): QueueId => freshText(QUEUE_ID_LENGTH) as QueueId;
export const freshDeliveryId = (): DeliveryId => freshText(DELIVERY_ID_LENGTH) as DeliveryId;

/** A shard that no test has used, in cell 0 by default. */
export const freshShard = (cell = 0): ShardKey => shardKey(freshQueueId(), shardId(cellId(cell), 0));

/** A key that becomes visible `ms` after the instant at which tests start. */
export const freshKey = (ms: number): DeliveryKey => deliveryKey(at(ms), freshDeliveryId());

/** An origin that no test has used. */
export const freshOrigin = (cell = 0): Origin => ({
  shardId: shardId(cellId(cell), 0),
  id: freshDeliveryId(),
  sentAtMs: at(0),
  visibleAtMs: at(0),
});
