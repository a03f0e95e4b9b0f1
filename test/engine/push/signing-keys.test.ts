import { describe, expect, it } from 'vitest';
import {
  createSigningKey,
  deleteQueue,
  deleteSigningKey,
  getQueue,
  listSigningKeys,
  runUpkeep,
  SigningKeyRing,
} from '../../../src/engine/index.ts';
import { PURGE_UNDO_MS } from '../../../src/model/limits.ts';
import { given } from '../../support/given.ts';

/** Seals by turning a text around. */
const turned = (text: string): string => text.split('').toReversed().join('');
const signingSecrets = {
  seal: async (secret: string) => turned(secret),
  open: async (sealed: string) => turned(sealed),
};
const FRESH_MS = 10_000;

/** A queue `orders` whose keys a process remembers for a while, as on AWS. */
async function givenKeys() {
  const world = await given();
  const service = world.process({}, { signingSecrets });
  const { id } = await getQueue(service, 'orders');
  const ring = new SigningKeyRing({ ...world.ports, secrets: signingSecrets }, FRESH_MS);
  return { world, service, queueId: id, secrets: () => ring.secretsOf(id) };
}

describe('a signing key', () => {
  it('is shown once, in the form of Standard Webhooks, and kept sealed', async () => {
    const { world, service, queueId } = await givenKeys();

    const { secret, id } = await createSigningKey(service, 'orders');

    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{40}$/);
    const prefix = secret.slice(0, 10);
    expect(await listSigningKeys(service, 'orders')).toMatchObject([{ id, prefix }]);
    const stored = JSON.stringify(await world.ports.catalog.get('signingKeys', queueId));
    expect(stored).toContain(turned(secret));
    expect(stored).not.toContain(secret);
  });

  it('signs beside the one before it, until that is removed', async () => {
    const { world, service, secrets } = await givenKeys();
    const old = await createSigningKey(service, 'orders');
    expect(await secrets()).toEqual([old.secret]);

    const next = await createSigningKey(service, 'orders');
    world.clock.advance(FRESH_MS);
    expect(await secrets()).toEqual([old.secret, next.secret]);

    await deleteSigningKey(service, 'orders', old.id);
    world.clock.advance(FRESH_MS - 1);
    expect(await secrets()).toEqual([old.secret, next.secret]);
    world.clock.advance(1);
    expect(await secrets()).toEqual([next.secret]);
  });

  it('is one of five at most, and can be removed once', async () => {
    const { service } = await givenKeys();
    const keys = await Promise.all(Array.from({ length: 5 }, () => createSigningKey(service, 'orders')));

    await expect(createSigningKey(service, 'orders')).rejects.toThrow('has 5 signing keys, the most; remove one first');
    for (const { id } of keys) await deleteSigningKey(service, 'orders', id);

    expect(await listSigningKeys(service, 'orders')).toEqual([]);
    await expect(deleteSigningKey(service, 'orders', keys[0]?.id ?? '')).rejects.toThrow('has no signing key');
  });

  it('is not made where nothing could sign', async () => {
    const world = await given();

    await expect(createSigningKey(world.service, 'orders')).rejects.toThrow('this deployment signs nothing');
  });

  it('is discarded with its queue', async () => {
    const { world, service, queueId } = await givenKeys();
    await createSigningKey(service, 'orders');

    await deleteQueue(service, 'orders');
    world.clock.advance(PURGE_UNDO_MS + 1);
    await runUpkeep(service);

    expect(await world.ports.catalog.get('signingKeys', queueId)).toBeUndefined();
  });
});
