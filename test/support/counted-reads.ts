import type { ShardStore } from '../../src/ports/shard-store.ts';
import { replaced } from '../simulation/replaced.ts';

/** What was read of the deliveries of a store. */
export interface CountedReads {
  queries: number;
  deliveries: number;
}

/** The store, which counts what is read of it from now on. */
export function countingReads(shards: ShardStore): { readonly shards: ShardStore; readonly reads: CountedReads } {
  const reads: CountedReads = { queries: 0, deliveries: 0 };
  const counting = replaced(shards, {
    list: async (shard, range) => {
      const page = await shards.list(shard, range);
      reads.queries++;
      reads.deliveries += page.deliveries.length;
      return page;
    },
  });
  return { shards: counting, reads };
}
