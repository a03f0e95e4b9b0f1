import { describe, expect, it } from 'vitest';
import { countRewind } from '../../src/engine/index.ts';
import { compactHour } from '../../src/engine/upkeep/compact.ts';
import { archiveNames, BODIES, givenQuiet, HOUR, sweep } from '../support/compacting.ts';
import { deathOf, dieAfterEachStep, dyingAfter } from '../support/dying.ts';
import type { World } from '../support/given.ts';

describe('a compaction that is cut', () => {
  it('continues after a crash at any step, and everything comes once', async () => {
    const deaths = await dieAfterEachStep(async (steps) => {
      const { world } = await givenQuiet();
      const death = await deathOf(compactHour(world.process({}, dyingAfter(steps, world.ports)), 'orders', HOUR));

      const { matched: counted } = await countRewind(world.service, world.everything());
      await compactHour(world.service, 'orders', HOUR);
      await sweep(world);
      const names = await archiveNames(world);
      await world.rewind();

      expect(counted).toBe(5);
      expect(names).toHaveLength(1);
      expect(await world.consume()).toEqual(BODIES);
      return death;
    });

    expect(deaths).toBeGreaterThan(20);
  });

  it('is finished by a rewind that meets it, which brings everything once', async () => {
    await dieAfterEachStep(async (steps) => {
      const { world } = await givenQuiet();
      const death = await deathOf(compactHour(world.process({}, dyingAfter(steps, world.ports)), 'orders', HOUR));

      await world.rewind();
      const first = await world.consume();
      await world.settle();
      world.clock.advance(1);
      await compactHour(world.service, 'orders', HOUR);
      await sweep(world);
      await world.rewind();

      expect(first).toEqual(BODIES);
      expect(await world.consume()).toEqual(BODIES);
      return death;
    });
  });

  it('by a rewind between any two of its steps lets everything come once', async () => {
    for (let steps = 0; steps < 40; steps++) {
      const { world } = await givenQuiet();
      const left = { steps };
      const process = world.process({}, interruptedAfter(left, world));
      const compacting = compactHour(process, 'orders', HOUR);
      await compacting;
      if (left.steps >= 0) {
        expect(steps).toBeGreaterThan(20);
        return;
      }

      expect(await world.consume()).toEqual(BODIES);
    }
    throw new Error('the compaction takes more steps than that');
  });
});

/** Ports of a process; between two of its steps a rewind starts and is carried out. */
function interruptedAfter(left: { steps: number }, world: World) {
  const { shards, catalog, ledger, objects } = world.ports;
  const wrapped = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return async (...command: readonly unknown[]): Promise<unknown> => {
          if (left.steps-- === 0) await world.rewind();
          return await Reflect.apply(value, target, command);
        };
      },
    });
  return { shards: wrapped(shards), catalog: wrapped(catalog), ledger: wrapped(ledger), objects: wrapped(objects) };
}
