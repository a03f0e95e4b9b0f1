import { join } from 'node:path';
import { AccessKeys, type OpenKey, type Ports, SigningKeyRing } from '../engine/index.ts';
import { RIGHTS } from '../model/access-key.ts';
import type { EpochMs } from '../model/brand.ts';
import type { QueueId } from '../model/ids.ts';
import type { Catalog } from '../ports/catalog.ts';
import { KeyFileSecretBox } from '../stores/secrets/key-file-secret-box.ts';
import { systemClock } from './system-clock.ts';
import { systemRandom } from './system-random.ts';

const KEY_FILE = 'access-keys.secret';

/** A key given to the server at its start. */
export interface GivenKey {
  readonly id: string;
  readonly secret: string;
}

/**
 * The access keys of a server on this machine. Its operators can read the key file beside the data, or know the key
 * given at its start.
 * @param directory - absent: the key is only in memory
 */
export async function openLocalKeys(
  directory: string | undefined,
  catalog: Catalog,
  given?: GivenKey,
): Promise<AccessKeys> {
  const secrets = await openLocalSecrets(directory, 'access keys');
  const ports = { catalog, clock: systemClock, random: systemRandom, secrets };
  // The catalog is in this process, so a key is never stale.
  const operators = [operatorOf(secrets), ...(given === undefined ? [] : [openKey(given)])];
  return new AccessKeys(ports, { freshMs: 0, operators });
}

/** The key that programs on this machine use to call the server of the directory. */
export async function openOperatorKey(directory: string): Promise<OpenKey> {
  return operatorOf(await openLocalSecrets(directory, 'access keys'));
}

/** The keys that sign requests to endpoints. @param directory - absent: what seals them is only in memory */
export async function openLocalSigning(directory: string | undefined, ports: Pick<Ports, 'catalog' | 'clock'>) {
  const secrets = await openLocalSecrets(directory, 'signing keys');
  // The catalog is in this process, so a key is never stale.
  const ring = new SigningKeyRing({ ...ports, secrets }, 0);
  return { signingSecrets: secrets, keysOf: (queueId: QueueId) => ring.secretsOf(queueId) };
}

const openLocalSecrets = async (
  directory: string | undefined,
  purpose: 'access keys' | 'signing keys',
): Promise<KeyFileSecretBox> =>
  directory === undefined
    ? KeyFileSecretBox.inMemory(systemRandom)
    : await KeyFileSecretBox.open(join(directory, KEY_FILE), systemRandom, purpose);

const operatorOf = (secrets: KeyFileSecretBox): OpenKey =>
  openKey({ id: 'RMQ_OPERATOR_OF_HOST', secret: secrets.derive('operator') });

function openKey({ id, secret }: GivenKey): OpenKey {
  return { key: { id, sealedSecret: '', queues: ['*'], rights: RIGHTS, createdAtMs: 0 as EpochMs }, secret };
}
