import type { Returned } from '../engine/index.ts';
import type { Holders } from '../ports/holders.ts';

/** About 200 bytes each. */
const MESSAGES_MAX = 20_000;

/**
 * Who received the last messages, in memory: leases do not say it, because their bytes are paid for.
 * @see docs/decisions/0075-holders-are-remembered.md
 */
export class LastHolders implements Holders {
  readonly #names = new Map<string, string>();

  note({ messages, holder }: Pick<Returned, 'messages' | 'holder'>): void {
    for (const { id } of messages) {
      // A message that comes again goes to the end: it is the newest.
      this.#names.delete(id);
      if (holder !== undefined) this.#names.set(id, holder);
    }
    if (this.#names.size <= MESSAGES_MAX) return;
    for (const id of this.#names.keys()) {
      this.#names.delete(id);
      if (this.#names.size <= MESSAGES_MAX) return;
    }
  }

  of(messageId: string): string | undefined {
    return this.#names.get(messageId);
  }
}
