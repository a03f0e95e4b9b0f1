import type { ShardKey } from '../../model/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';

/** A shard that had due messages is likely to have more within this. */
export const HINT_MS = 10_000;
const SHARDS_MAX = 10_000;
/** One look in two starts anywhere, so that a shard nobody knows of has its turn too. */
export const HINTED_SHARE = 0.5;

interface Seen {
  readonly atMs: number;
  /** For how long what was seen had been due. */
  readonly waitedMs: number;
}

/** Which shards this process has lately seen something due in: hints of where to look first, nothing more. */
export class DueHints {
  readonly #ports: { readonly clock: Clock; readonly random: Random };
  readonly #seen = new Map<ShardKey, Seen>();

  constructor(ports: { readonly clock: Clock; readonly random: Random }) {
    this.#ports = ports;
  }

  /** @param dueAtMs - since when what was seen has been due; absent: there was nothing that could be had */
  note(shard: ShardKey, dueAtMs: number | undefined): void {
    if (dueAtMs === undefined) this.#seen.delete(shard);
    else {
      if (this.#seen.size >= SHARDS_MAX) this.#seen.clear();
      const atMs = this.#ports.clock.nowMs();
      this.#seen.set(shard, { atMs, waitedMs: atMs - dueAtMs });
    }
  }

  /**
   * The shards in the order in which to look: at random by weight, because weights say where messages were sent. Half
   * of the looks begin with hinted shards, first the one in which a message has waited longer.
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

  /** The one of the first two in which something had waited longer: so no shard stays behind the others. */
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

/** In a random order in which each is before all others as often as its weight is part of all of theirs. */
function inTurns<One extends { readonly weight: number }>(random: Random, all: readonly One[]): One[] {
  if (all.every(({ weight }) => weight === 1)) return shuffled(random, [...all]);
  // The first of several alarms whose times are exponential with these rates.
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
