import { type CellId, cellOfKey, type ShardId, type ShardKey, shardKey } from '../../model/ids.ts';
import type { Queue } from '../../model/queue.ts';
import { openShards } from '../../model/route.ts';
import type { Clock } from '../../ports/clock.ts';

/** This process avoids a shard for this long after it throttled, if there are others. */
export const THROTTLED_MS = 1_000;
/** It avoids a cell that gave no answer for longer: each unanswered try costs its caller seconds. */
export const SILENT_MS = 5_000;
/** Shards and cells remembered, about a megabyte; beyond this all are forgotten, which costs some throttled calls. */
const REMEMBERED_MAX = 10_000;

/** Shards that this process does not send to, and asks last, for the moment. Hints only. */
export class Avoidance {
  readonly #clock: Clock;
  readonly #untilMs = new Map<ShardKey | CellId, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  noteThrottled(shard: ShardKey): void {
    this.#note(shard, THROTTLED_MS);
  }

  noteSilent(cell: CellId): void {
    this.#note(cell, SILENT_MS);
  }

  /** Shards of the queue to avoid. */
  shardsOf(queue: Queue): ReadonlySet<ShardId> {
    if (this.#untilMs.size === 0) return NONE;
    const shards = openShards(queue.route).map(({ id }) => id);
    return new Set(shards.filter((id) => this.isAvoided(shardKey(queue.id, id))));
  }

  isAvoided(shard: ShardKey): boolean {
    if (this.#untilMs.size === 0) return false;
    const nowMs = this.#clock.nowMs();
    return [shard, cellOfKey(shard)].some((of) => (this.#untilMs.get(of) ?? 0) > nowMs);
  }

  #note(of: ShardKey | CellId, forMs: number): void {
    if (this.#untilMs.size >= REMEMBERED_MAX) this.#untilMs.clear();
    this.#untilMs.set(of, this.#clock.nowMs() + forMs);
  }
}

const NONE: ReadonlySet<ShardId> = new Set();
