import { assert } from '../../model/assert.ts';
import type { ShardId } from '../../model/ids.ts';
import type { Queue } from '../../model/queue.ts';
import { openShards, totalWeight, weightOf } from '../../model/route.ts';
import type { Random } from '../../ports/random.ts';

/** Chooses an open shard at random by weight, if possible none of those to be avoided. */
export function chooseOpenShard(
  ports: { readonly random: Random },
  queue: Queue,
  avoided: ReadonlySet<ShardId> = new Set(),
): ShardId {
  const open = openShards(queue.route);
  const calm = open.filter(({ id }) => !avoided.has(id));
  const choice = calm.length > 0 ? calm : open;
  let left = ports.random.next() * totalWeight(choice);
  const shard = choice.find((one) => (left -= weightOf(one)) < 0) ?? choice.at(-1);
  assert(shard !== undefined, 'a queue has an open shard', queue.name);
  return shard.id;
}
