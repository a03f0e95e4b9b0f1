import type { ShardKey } from '../../model/ids.ts';
import type { Arrivals, ArrivalsWait } from '../../ports/arrivals.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';

/** The first pauses are short: another consumer has often just taken the messages. */
const FIRST_PAUSE_MS = 25;
/** A waiting consumer looks at most twice a second, and less often the longer its queue has been quiet. */
const PAUSE_MS_MAX = 500;
/** Quiet for a minute: a look a second. */
const QUIET_MS = 60_000;
/** The pause of a quiet queue, in milliseconds. */
const QUIET_PAUSE_MS_MAX = 1_000;
/** Quiet for ten minutes: a look in two seconds. */
const IDLE_MS = 600_000;
/** The pause of an idle queue, in milliseconds. */
const IDLE_PAUSE_MS_MAX = 2_000;
/** Shards that one look reads, whatever the queue has: a look costs the same for all. */
const SHARDS_PER_LOOK = 2;

/** DynamoDB does not notify of new items, so a waiting receive looks again after growing pauses. */
export class PollingArrivals implements Arrivals {
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(ports: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = ports.clock;
    this.#random = ports.random;
  }

  async wait(
    shards: readonly ShardKey[],
    { untilMs, attempt, quietMs = 0, signal }: ArrivalsWait,
  ): Promise<readonly ShardKey[]> {
    const leftMs = untilMs - this.#clock.nowMs();
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** attempt, longestPauseMs(quietMs));
    if (leftMs > 0 && signal?.aborted !== true) {
      await Promise.race([this.#clock.sleep(Math.min(pauseMs, leftMs)), ...(signal ? [aborted(signal)] : [])]);
    }
    const isOver = pauseMs >= leftMs || signal?.aborted === true;
    return isOver ? [] : this.#chosen(shards);
  }

  /** Two different shards; over many looks each has its turn. */
  #chosen(shards: readonly ShardKey[]): readonly ShardKey[] {
    if (shards.length <= SHARDS_PER_LOOK) return shards;
    const start = Math.floor(this.#random.next() * shards.length);
    const step = 1 + Math.floor(this.#random.next() * (shards.length - 1));
    return [start, start + step].flatMap((index) => shards[index % shards.length] ?? []);
  }
}

function longestPauseMs(quietMs: number): number {
  if (quietMs >= IDLE_MS) return IDLE_PAUSE_MS_MAX;
  return quietMs >= QUIET_MS ? QUIET_PAUSE_MS_MAX : PAUSE_MS_MAX;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
