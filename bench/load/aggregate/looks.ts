import { HINTED_SHARE } from '../../../src/engine/memory/index.ts';
import type { LoadedShard } from './loaded-shards.ts';
import type { Choice } from './spread.ts';

/** What waits in an empty shard is as good as new. */
const LEAST_BEHIND = 1e-9;

/**
 * Where receives look first: every second one where its process has seen something, in that one of two such shards in
 * which something had waited longer.
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
 * How often each is the one of two. What a process has seen of a shard is any of what waits there, evenly: of two
 * shards the one that is behind the other has shown something older in all but `younger / (2 * older)` of the cases.
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
