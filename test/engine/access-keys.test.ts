import { describe, expect, it } from 'vitest';
import { AccessKeys } from '../../src/engine/index.ts';
import type { Catalog } from '../../src/ports/catalog.ts';
import { replaced } from '../simulation/replaced.ts';
import { given } from '../support/given.ts';

const UNKNOWN = 'RMQ00000000000000000';
const idOf = (number: number) => `RMQ${String(number).padStart(17, '0')}`;

/** The keys of a function, and the ids that it requested from the catalog. */
async function givenKeys(freshMs = 30_000) {
  const world = await given();
  const asked: string[] = [];
  const get = (async (kind, name, options) => {
    asked.push(name);
    return await world.ports.catalog.get(kind, name, options);
  }) as Catalog['get'];
  const secrets = { seal: async (secret: string) => secret, open: async (sealed: string) => sealed };
  const ports = { ...world.ports, secrets };
  const keys = new AccessKeys({ ...ports, catalog: replaced(world.ports.catalog, { get }) }, { freshMs });
  return { world, asked, keys, others: new AccessKeys(ports, { freshMs }) };
}

describe('an access key that is unknown', () => {
  it('is looked for once in five seconds, however many calls name it', async () => {
    const { world, asked, keys } = await givenKeys();
    for (let call = 0; call < 100; call++) expect(await keys.find(UNKNOWN)).toBeUndefined();
    const atOnce = asked.length;
    world.clock.advance(5_000);
    await keys.find(UNKNOWN);

    expect([atOnce, asked.length]).toEqual([1, 2]);
  });

  it.each(['', 'AKIAIOSFODNN7EXAMPLE', `${UNKNOWN}0`, 'RMQ', 'x'.repeat(10_000)])(
    'is not looked for when no key has such an id: %s',
    async (id) => {
      const { asked, keys } = await givenKeys();

      expect(await keys.find(id)).toBeUndefined();
      expect(asked).toEqual([]);
    },
  );

  it('is forgotten when 1,000 others came since', async () => {
    const { asked, keys } = await givenKeys();
    for (let number = 0; number <= 1_000; number++) await keys.find(idOf(number));
    asked.length = 0;

    await keys.find(idOf(1_000));
    await keys.find(idOf(0));

    expect(asked).toEqual([idOf(0)]);
  });

  it('is taken five seconds after it was made, and at once where keys are made in the same process', async () => {
    const { world, keys, others } = await givenKeys();
    const made = await others.create({ queues: ['*'], rights: ['send'] });
    const local = await givenKeys(0);
    const { id } = made.key;
    await local.keys.find(id);
    await local.world.ports.catalog.tryPut('accessKey', id, made.key, 0);

    expect((await keys.find(id))?.secret).toBe(made.secret);
    expect((await local.keys.find(id))?.secret).toBe(made.secret);

    await others.revoke(id);
    world.clock.advance(30_000);
    expect(await keys.find(id)).toBeUndefined();
    await world.ports.catalog.tryPut('accessKey', id, made.key, 0);
    expect(await keys.find(id)).toBeUndefined();
    world.clock.advance(5_000);
    expect((await keys.find(id))?.secret).toBe(made.secret);
  });
});
