import type { LoadedShard } from './loaded-shards.ts';

/** Leased deliveries that no consumer will delete, by the step in which they are due again. */
export class Returning {
  readonly #due = new Map<number, { readonly shard: LoadedShard; readonly count: number }[]>();

  add(tick: number, shard: LoadedShard, count: number): void {
    shard.returning += count;
    const due = this.#due.get(tick) ?? [];
    this.#due.set(tick, due);
    due.push({ shard, count });
  }

  come(tick: number): void {
    for (const { shard, count } of this.#due.get(tick) ?? []) {
      shard.returning -= count;
      shard.addReady(count);
    }
    this.#due.delete(tick);
  }
}
