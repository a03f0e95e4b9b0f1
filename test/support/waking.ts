import { type Arrival, type QueueService, type WakeUp, wakeForArrivals } from '../../src/engine/index.ts';
import { visibleAtMs } from '../../src/model/ids.ts';
import { dueOf } from '../../src/model/push/index.ts';
import type { World } from './given.ts';
import { givenSubscription } from './pushing.ts';

/** A queue `orders` that pushes, the marks of what is put into it, and the calls of dispatchers. */
export async function givenWaking(world: World) {
  const { service } = await givenSubscription(world);
  const marked: Arrival[] = [];
  const { shards } = service;
  const put: typeof shards.put = (placements) => {
    for (const { shard, delivery, wakes } of placements)
      if (wakes === true) marked.push({ shard, visibleAtMs: visibleAtMs(delivery.key) });
    return shards.put(placements);
  };
  const watched: QueueService = {
    ...service,
    shards: new Proxy(shards, { get: (of, name) => methodOf(of, name, put) }),
  };
  const calls: WakeUp[] = [];
  const call = async (wakeUp: WakeUp) => void calls.push(wakeUp);
  const tell = () => wakeForArrivals(service, marked, call);
  const notes = async () => (await service.catalog.list('due', { limit: 100 })).map(({ name }) => dueOf(name).atMs);
  return { service: watched, marked, calls, call, tell, notes };
}

function methodOf(of: object, name: string | symbol, put: unknown): unknown {
  if (name === 'put') return put;
  const value: unknown = Reflect.get(of, name);
  return typeof value === 'function' ? (value.bind(of) as unknown) : value;
}
