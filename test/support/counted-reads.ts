import type { ShardStore } from '../../src/ports/shard-store.ts';
import { replaced } from '../simulation/replaced.ts';

/** The reads of a store's deliveries. */
export interface CountedReads {
  queries: number;
  deliveries: number;
}

/** The store; counts its reads from now on. */
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
