import type { ShardKey } from '../../model/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';

/** A shard that had due messages probably has more within this time. */
export const HINT_MS = 10_000;
/** Shards remembered, about a megabyte; beyond this all are forgotten, which costs a look at each. */
const SHARDS_MAX = 10_000;
/** The other half of the looks starts anywhere, so that a shard without a hint has its turn too. */
export const HINTED_SHARE = 0.5;

interface Seen {
  readonly atMs: number;
  /** How long the delivery had been due when it was seen. */
  readonly waitedMs: number;
}

/** Shards in which this process has lately seen something due: hints of where to look first. */
export class DueHints {
  readonly #ports: { readonly clock: Clock; readonly random: Random };
  readonly #seen = new Map<ShardKey, Seen>();

  constructor(ports: { readonly clock: Clock; readonly random: Random }) {
    this.#ports = ports;
  }

  /** @param dueAtMs - since when the delivery has been due; absent: nothing could be claimed */
  note(shard: ShardKey, dueAtMs: number | undefined): void {
    if (dueAtMs === undefined) this.#seen.delete(shard);
    else {
      if (this.#seen.size >= SHARDS_MAX) this.#seen.clear();
      const atMs = this.#ports.clock.nowMs();
      this.#seen.set(shard, { atMs, waitedMs: atMs - dueAtMs });
    }
  }

  /**
   * The order in which to look at the shards: random by weight, because weights say where messages were sent. Half of
   * the looks begin with hinted shards: of two, the one whose message has waited longer comes first.
   */
  order<Place extends { readonly shard: ShardKey; readonly weight: number }>(places: readonly Place[]): Place[] {
    const { random } = this.#ports;
    const mixed = inTurns(random, places);
    if (mixed.length <= 1 || this.#seen.size === 0) return mixed;
    const isHinted = this.#hints();
    const [first, ...others] = random.next() < HINTED_SHARE ? this.#olderFirst(sorted(mixed, isHinted)) : mixed;
    return first === undefined ? [] : [first, ...sorted(others, isHinted)];
  }

  /** How many of the places have hints. */
  hintedAmong(places: readonly { readonly shard: ShardKey }[]): number {
    return this.#seen.size === 0 ? 0 : places.filter(this.#hints()).length;
  }

  #hints(): (place: { readonly shard: ShardKey }) => boolean {
    const freshMs = this.#ports.clock.nowMs() - HINT_MS;
    return ({ shard }) => (this.#seen.get(shard)?.atMs ?? 0) >= freshMs;
  }

  /** Swaps the first two shards if something has waited longer in the second, so that no shard stays behind. */
  #olderFirst<Place extends { readonly shard: ShardKey }>(places: Place[]): Place[] {
    const [one, two, ...others] = places;
    const waitedMs = ({ shard }: Place) => this.#seen.get(shard)?.waitedMs ?? 0;
    return one !== undefined && two !== undefined && waitedMs(two) > waitedMs(one) ? [two, one, ...others] : places;
  }
}

function sorted<One>(all: readonly One[], isFirst: (one: One) => boolean): One[] {
  const [first, others]: [One[], One[]] = [[], []];
  for (const one of all) (isFirst(one) ? first : others).push(one);
  return [...first, ...others];
}

/** A random order in which the chance of being first is proportional to the weight. */
function inTurns<One extends { readonly weight: number }>(random: Random, all: readonly One[]): One[] {
  if (all.every(({ weight }) => weight === 1)) return shuffled(random, [...all]);
  // Sorts by exponential alarm times with the weights as rates.
  const times = new Map(all.map((one) => [one, -Math.log(1 - random.next()) / one.weight]));
  return all.toSorted((one, other) => (times.get(one) as number) - (times.get(other) as number));
}

function shuffled<One>(random: Random, all: One[]): One[] {
  for (let last = all.length - 1; last > 0; last--) {
    const other = Math.floor(random.next() * (last + 1));
    const [one, two] = [all[last], all[other]];
    if (one !== undefined && two !== undefined) [all[last], all[other]] = [two, one];
  }
  return all;
}
