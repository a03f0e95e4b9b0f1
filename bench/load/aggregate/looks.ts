import { HINTED_SHARE } from '../../../src/engine/memory/index.ts';
import type { LoadedShard } from './loaded-shards.ts';
import type { Choice } from './spread.ts';

/** A delivery in an empty shard counts as new. */
const LEAST_BEHIND = 1e-9;

/**
 * Where receives look first. Half of them look where their process has seen something: of two such shards, in the one
 * whose delivery had waited longer.
 */
export function firstLooks(free: Choice<LoadedShard>, nowMs: number): Choice<LoadedShard> {
  if (free.shards.length < 2) return free;
  const hinted = free.shards.map((shard) => ({ shard, part: free.partOf(shard) * shard.hints.part(nowMs) }));
  const sum = hinted.reduce((all, { part }) => all + part, 0);
  if (sum === 0) return free;
  const older = partsOfOlder(hinted.map(({ shard, part }) => ({ shard, part: part / sum })));
  const partOf = (shard: LoadedShard) =>
    (1 - HINTED_SHARE) * free.partOf(shard) + HINTED_SHARE * (older.get(shard) ?? 0);
  return { shards: free.shards, partOf, highest: Math.max(...free.shards.map(partOf)) };
}

/**
 * The chance of each shard to be the chosen one of two. A process has seen any delivery of a shard with equal chance.
 * The shard that is behind the other has shown the older one in all but `younger / (2 * older)` of the cases.
 */
function partsOfOlder(all: readonly { readonly shard: LoadedShard; readonly part: number }[]) {
  const known = all.map((one) => ({ ...one, behind: Math.max(LEAST_BEHIND, one.shard.behind) }));
  known.sort((one, other) => one.behind - other.behind);
  let [younger, sumOfYounger, rateOfOlder] = [0, 0, known.reduce((sum, { part, behind }) => sum + part / behind, 0)];
  return new Map(
    known.map(({ shard, part, behind }) => {
      rateOfOlder -= part / behind;
      const winning = younger - sumOfYounger / (2 * behind) + (behind * rateOfOlder) / 2;
      younger += part;
      sumOfYounger += part * behind;
      return [shard, part * (part + 2 * winning)] as const;
    }),
  );
}
