import type { ShardKey } from '../model/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';

/** A shard that had something due is likely to have more so long. */
const HINT_MS = 10_000;
const SHARDS_MAX = 10_000;
/** One look in two starts anywhere, so that a shard nobody knows of has its turn too. */
const HINTED_SHARE = 0.5;

/** Which shards this process has lately seen something due in: hints of where to look first, nothing more. */
export class Occupancy {
  readonly #ports: { readonly clock: Clock; readonly random: Random };
  readonly #seenMs = new Map<ShardKey, number>();

  constructor(ports: { readonly clock: Clock; readonly random: Random }) {
    this.#ports = ports;
  }

  note(shard: ShardKey, isOccupied: boolean): void {
    if (!isOccupied) this.#seenMs.delete(shard);
    else {
      if (this.#seenMs.size >= SHARDS_MAX) this.#seenMs.clear();
      this.#seenMs.set(shard, this.#ports.clock.nowMs());
    }
  }

  /**
   * The places in the order they are worth a look: by chance and by weight, for messages are received where they were
   * sent, and often those with hints before the others.
   */
  order<Place extends { readonly shard: ShardKey; readonly weight: number }>(places: readonly Place[]): Place[] {
    const { random } = this.#ports;
    const mixed = sorted(shuffled(random, [...places]), ({ weight }) => weight === 1 || random.next() < weight);
    if (mixed.length <= 1 || this.#seenMs.size === 0) return mixed;
    const isHinted = this.#hints();
    const [first, ...others] = this.#ports.random.next() < HINTED_SHARE ? sorted(mixed, isHinted) : mixed;
    return first === undefined ? [] : [first, ...sorted(others, isHinted)];
  }

  /** How many of the places have hints. */
  hintedAmong(places: readonly { readonly shard: ShardKey }[]): number {
    return this.#seenMs.size === 0 ? 0 : places.filter(this.#hints()).length;
  }

  #hints(): (place: { readonly shard: ShardKey }) => boolean {
    const freshMs = this.#ports.clock.nowMs() - HINT_MS;
    return ({ shard }) => (this.#seenMs.get(shard) ?? 0) >= freshMs;
  }
}

function sorted<One>(all: readonly One[], isFirst: (one: One) => boolean): One[] {
  const [first, others]: [One[], One[]] = [[], []];
  for (const one of all) (isFirst(one) ? first : others).push(one);
  return [...first, ...others];
}

function shuffled<One>(random: Random, all: One[]): One[] {
  for (let last = all.length - 1; last > 0; last--) {
    const other = Math.floor(random.next() * (last + 1));
    const [one, two] = [all[last], all[other]];
    if (one !== undefined && two !== undefined) [all[last], all[other]] = [two, one];
  }
  return all;
}
