import type { QueueId } from '../../../src/model/ids.ts';
import { PARTITION_WRITE_UNITS } from './constants.ts';
import type { Decision } from './controllers.ts';
import type { Deployment } from './deployment.ts';

/** A shard is nearly full at this fraction of its key's limit. */
const NEARLY_FULL = 0.8;
/** Load fluctuates from second to second, so it is smoothed with this factor. */
const SMOOTHING = 0.2;

interface Watched {
  units: number;
  unitsPerSecond: number;
  /** Since when its open shards are nearly full on average. */
  sinceMs: number | undefined;
  isDecided: boolean;
}

/** Measures how soon queues with nearly full shards get more of them. */
export class SplitWatch {
  /** Longest times from shards being nearly full to a decision, and until they are no longer; in milliseconds. */
  decidedAfterMs = 0;
  inEffectAfterMs = 0;
  /** How often shards became nearly full. */
  fullCount = 0;
  readonly #queues = new Map<QueueId, Watched>();

  use(queue: QueueId, writeUnits: number): void {
    this.#watched(queue).units += writeUnits;
  }

  /** Call it once a second. */
  step(deployment: Deployment, decisions: readonly Decision[], nowMs: number): void {
    for (const { id } of deployment.queues) {
      const watched = this.#watched(id);
      watched.unitsPerSecond += SMOOTHING * (watched.units - watched.unitsPerSecond);
      watched.units = 0;
      const isFull = watched.unitsPerSecond > NEARLY_FULL * PARTITION_WRITE_UNITS * deployment.openCount(id);
      if (isFull) {
        if (watched.sinceMs === undefined) this.fullCount++;
        watched.sinceMs ??= nowMs;
        watched.isDecided ||= decisions.some(({ atMs, action }) => {
          return action.kind === 'split' && action.queueId === id && atMs >= (watched.sinceMs ?? 0);
        });
        if (!watched.isDecided) this.decidedAfterMs = Math.max(this.decidedAfterMs, nowMs - watched.sinceMs);
      } else if (watched.sinceMs !== undefined) {
        this.inEffectAfterMs = Math.max(this.inEffectAfterMs, nowMs - watched.sinceMs);
        watched.sinceMs = undefined;
        watched.isDecided = false;
      }
    }
  }

  #watched(queue: QueueId): Watched {
    const known = this.#queues.get(queue);
    if (known !== undefined) return known;
    const watched: Watched = { units: 0, unitsPerSecond: 0, sinceMs: undefined, isDecided: false };
    this.#queues.set(queue, watched);
    return watched;
  }
}
