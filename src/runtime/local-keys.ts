import { join } from 'node:path';
import { AccessKeys, type OpenKey } from '../engine/index.ts';
import { RIGHTS } from '../model/access-key.ts';
import type { EpochMs } from '../model/brand.ts';
import type { Catalog } from '../ports/catalog.ts';
import { KeyFileSecretBox } from '../stores/secrets/key-file-secret-box.ts';
import { systemClock } from './system-clock.ts';
import { systemRandom } from './system-random.ts';

const KEY_FILE = 'access-keys.secret';

/** The access keys of a server on this machine; its operator is whoever may read the key file beside the data. */
export async function openLocalKeys(directory: string, catalog: Catalog): Promise<AccessKeys> {
  const secrets = await KeyFileSecretBox.open(join(directory, KEY_FILE), systemRandom);
  const ports = { catalog, clock: systemClock, random: systemRandom, secrets };
  // The catalog is in this process, so a key is never old.
  return new AccessKeys(ports, { freshMs: 0, operator: operatorOf(secrets) });
}

/** The key by which a program on this machine speaks to the server that uses the directory. */
export async function openOperatorKey(directory: string): Promise<OpenKey> {
  return operatorOf(await KeyFileSecretBox.open(join(directory, KEY_FILE), systemRandom));
}

function operatorOf(secrets: KeyFileSecretBox): OpenKey {
  const key = {
    id: 'RMQ_OPERATOR_OF_HOST',
    sealedSecret: '',
    queues: ['*'],
    rights: RIGHTS,
    createdAtMs: 0 as EpochMs,
  };
  return { key, secret: secrets.derive('operator') };
}
