import type { Returned } from '../engine/index.ts';
import type { Holders } from '../ports/holders.ts';

/** About 100 bytes each. Up to twice as many are remembered. */
const MESSAGES_MIN = 10_000;

interface Received {
  readonly ids: readonly string[];
  readonly holder: string | undefined;
}

/**
 * Who received the last messages, in memory: leases do not say it, because their bytes are paid for. Receives are only
 * listed, and indexed when somebody looks: an index kept up to date took a tenth of the time of receives.
 *
 * @see docs/decisions/0075-holders-are-remembered.md
 */
export class LastHolders implements Holders {
  #newest: Received[] = [];
  #newestCount = 0;
  #older: readonly Received[] = [];
  #index: ReadonlyMap<string, string | undefined> | undefined;

  note({ messages, holder }: Pick<Returned, 'messages' | 'holder'>): void {
    this.#newest.push({ ids: messages.map(({ id }) => id), holder });
    this.#newestCount += messages.length;
    this.#index = undefined;
    if (this.#newestCount < MESSAGES_MIN) return;
    this.#older = this.#newest;
    this.#newest = [];
    this.#newestCount = 0;
  }

  /** @remarks Cost: milliseconds for the first question after a receive */
  of(messageId: string): string | undefined {
    this.#index ??= new Map(
      [...this.#older, ...this.#newest].flatMap(({ ids, holder }) => ids.map((id) => [id, holder] as const)),
    );
    return this.#index.get(messageId);
  }
}
