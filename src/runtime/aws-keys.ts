import { AccessKeys, type QueueService } from '../engine/index.ts';
import { openAwsSecrets } from './aws-secrets.ts';
import type { Environment } from './env.ts';

/** A key is read again after this; until then a revoked key may still be accepted. */
const KEY_FRESH_MS = 30_000;

/** Opens the access keys of a deployment. @throws Error that names the missing environment variable */
export function openAwsKeys(environment: Environment, { catalog, clock, random }: QueueService): AccessKeys {
  const secrets = openAwsSecrets(environment, 'access-key');
  return new AccessKeys({ catalog, clock, random, secrets }, { freshMs: KEY_FRESH_MS });
}
