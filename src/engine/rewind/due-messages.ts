import type { EpochMs } from '../../model/brand.ts';
import { claimableIndexes, type Delivery, dueAtMs, locate, retainedSinceMs } from '../../model/delivery.ts';
import { keyAfter, keyFrom, type ShardKey } from '../../model/ids.ts';
import type { Take } from '../../model/lease.ts';
import { JOB_PAGE_LIMIT } from '../../model/limits.ts';
import type { Candidate } from '../memory/index.ts';
import type { Using } from '../service.ts';

/** Deliveries that a job looks at together: a request's messages each, 4 MiB at most. */
const DELIVERIES_AT_ONCE = 16;

/** A shard as a job sees it: what was ready at a moment. */
export interface DueRange {
  readonly shard: ShardKey;
  /** After a purge: only what entered the queue from then on. */
  readonly fromMs: EpochMs | undefined;
  readonly atMs: EpochMs;
  readonly retentionMs: number | undefined;
}

/**
 * Deliveries that were due at a moment, in order, each with the messages that may be claimed now. Nothing is leased.
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: a query for each 500 deliveries, when they are asked for.
 */
export async function* dueMessages(
  service: Using<'clock' | 'shards'>,
  range: DueRange,
): AsyncGenerator<readonly Candidate[]> {
  const before = keyAfter(range.atMs);
  for (let from = keyFrom(range.fromMs ?? (0 as EpochMs)); ; ) {
    const options = { from, before, limit: JOB_PAGE_LIMIT, isConsistent: true };
    const { deliveries, next } = await service.shards.list(range.shard, options);
    for (let start = 0; start < deliveries.length; start += DELIVERIES_AT_ONCE) {
      yield deliveries
        .slice(start, start + DELIVERIES_AT_ONCE)
        .map((delivery) => ({ delivery, indexes: readyIndexes(service, delivery, range) }));
    }
    if (next === undefined) return;
    from = next;
  }
}

/** What of the candidates was not taken, behind what was; a delivery that was taken in part is read again. */
export async function notTaken(
  service: Using<'clock' | 'shards'>,
  shard: ShardKey,
  { candidates, takes }: { readonly candidates: readonly Candidate[]; readonly takes: readonly Take[] },
): Promise<Candidate[]> {
  const last = takes.at(-1);
  const position = candidates.findIndex(({ delivery }) => delivery.key === last?.seen.key);
  const taken = candidates[position];
  if (last === undefined || taken === undefined) return [];
  const behind = candidates.slice(position + 1);
  const rest = taken.indexes.filter((index) => !last.indexes.includes(index));
  if (rest.length === 0) return behind;
  const delivery = await service.shards.get(shard, taken.delivery.key);
  if (delivery === undefined) return behind;
  const free = new Set(claimableIndexes(delivery, service.clock.nowMs()));
  const indexes = rest.filter((index) => free.has(index));
  return indexes.length === 0 ? behind : [{ delivery, indexes }, ...behind];
}

/** What was ready of a delivery and still is, but for messages that have grown too old. */
function readyIndexes(
  { clock }: Using<'clock'>,
  delivery: Delivery,
  { fromMs, atMs, retentionMs }: DueRange,
): number[] {
  const nowMs = clock.nowMs();
  // A lease in place that ended since then.
  if (dueAtMs(delivery) > atMs) return [];
  const ready = claimableIndexes(delivery, nowMs, fromMs);
  if (retentionMs === undefined) return ready;
  return ready.filter((index) => retainedSinceMs(locate(delivery, index).part) + retentionMs > nowMs);
}
