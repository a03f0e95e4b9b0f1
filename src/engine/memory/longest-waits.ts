import { WAIT_MS_MAX } from '../../model/limits.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';

/** The name of the record: one wait holds for all queues, because their receives share processes. */
export const LONGEST_WAIT = 'receive';

/** The published wait is read again after this, give or take a quarter: 10,000 processes read 333 units/s. */
const FRESH_MS = 15_000;
/** Processes that started together read at different times: over this fraction of the time above. */
const SPREAD = 0.5;

interface WaitPorts {
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly random: Random;
}

/** How long receives of this process may wait. */
export class LongestWaits {
  readonly #ports: WaitPorts;
  readonly #isPublished: boolean;
  #publishedMs = WAIT_MS_MAX;
  #readAgainAtMs = 0;
  /** The deployment's own setting, in milliseconds. */
  readonly mostMs: number;

  constructor(ports: WaitPorts, settings: { readonly waitMsMax?: number; readonly receiveProcessesMax?: number }) {
    this.#ports = ports;
    this.#isPublished = settings.receiveProcessesMax !== undefined;
    this.mostMs = settings.waitMsMax ?? WAIT_MS_MAX;
  }

  /** @remarks Cost: none from memory, else one catalog read; if it fails, the last wait read holds. */
  async longestMs(): Promise<number> {
    const { catalog, clock, random } = this.#ports;
    const nowMs = clock.nowMs();
    if (this.#isPublished && nowMs >= this.#readAgainAtMs) {
      this.#readAgainAtMs = nowMs + FRESH_MS * (1 + SPREAD * (random.next() - SPREAD));
      const stored = await catalog.get('longestWait', LONGEST_WAIT, { mayBeOld: true }).catch(() => undefined);
      this.#publishedMs = stored?.value.waitMs ?? this.#publishedMs;
    }
    return Math.min(this.mostMs, this.#publishedMs);
  }
}
