import { describe, expect, it } from 'vitest';
import { noteWhatWasLost } from '../../../src/engine/index.ts';
import { given } from '../../support/given.ts';
import { givenWaking } from '../../support/waking.ts';

describe('the walk over queues that push', () => {
  it('reads for an idle queue its shards alone, and once an hour', async () => {
    const world = await given();
    const { service } = await givenWaking(world);
    const reads: string[] = [];
    const counting = <Port extends object>(port: Port): Port =>
      new Proxy(port, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          return (...args: readonly unknown[]): unknown => {
            reads.push(`${String(name)} ${String(args[0])}`);
            return Reflect.apply(value, target, args);
          };
        },
      });
    const { queue } = await service.routes.get('orders');
    const counted = { ...service, catalog: counting(service.catalog), shards: counting(service.shards) };

    for (let minute = 0; minute < 30; minute++) {
      await noteWhatWasLost(counted);
      world.clock.advance(60_000);
    }

    const shards = queue.route.shards.map(({ id }) => `list ${queue.id}${id}`);
    expect(reads.filter((read) => read.startsWith('get pushLease'))).toEqual([]);
    expect(reads.filter((read) => read.startsWith(`list ${queue.id}`))).toEqual(shards);
  });
});
