import type { Returned } from '../engine/index.ts';
import type { Holders } from '../ports/holders.ts';

/** About 200 bytes each. Up to twice as many are remembered. */
const MESSAGES_MIN = 10_000;

/**
 * Who received the last messages, in memory: leases do not say it, because their bytes are paid for. Two maps take
 * turns. To look for the oldest entry of one map would cost a receive more than all its other work: V8 walks over the
 * holes that deleted entries leave.
 *
 * @see docs/decisions/0075-holders-are-remembered.md
 */
export class LastHolders implements Holders {
  #newest = new Map<string, string>();
  #older = new Map<string, string>();

  note({ messages, holder }: Pick<Returned, 'messages' | 'holder'>): void {
    for (const { id } of messages) {
      if (holder === undefined) this.#forget(id);
      else this.#newest.set(id, holder);
    }
    if (this.#newest.size < MESSAGES_MIN) return;
    this.#older = this.#newest;
    this.#newest = new Map();
  }

  of(messageId: string): string | undefined {
    return this.#newest.get(messageId) ?? this.#older.get(messageId);
  }

  #forget(messageId: string): void {
    this.#newest.delete(messageId);
    this.#older.delete(messageId);
  }
}
