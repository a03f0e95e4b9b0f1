import { assert } from '../model/assert.ts';
import type { ShardId } from '../model/ids.ts';
import type { Queue } from '../model/queue.ts';
import { openShards } from '../model/route.ts';
import type { Random } from '../ports/random.ts';

/** A random open shard, preferably none of those to be avoided. */
export function chooseOpenShard(
  ports: { readonly random: Random },
  queue: Queue,
  avoided: ReadonlySet<ShardId> = new Set(),
): ShardId {
  const open = openShards(queue.route).map((shard) => shard.id);
  const calm = open.filter((id) => !avoided.has(id));
  const choice = calm.length > 0 ? calm : open;
  const shard = choice[Math.floor(ports.random.next() * choice.length)];
  assert(shard !== undefined, 'a queue has an open shard', queue.name);
  return shard;
}
