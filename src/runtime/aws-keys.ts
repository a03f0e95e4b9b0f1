import { KMSClient } from '@aws-sdk/client-kms';
import { AccessKeys, type QueueService } from '../engine/index.ts';
import { STORE_TRY_MS_MAX } from '../model/limits.ts';
import { KmsSecretBox } from '../stores/secrets/kms-secret-box.ts';
import { ENV, type Environment, variable } from './env.ts';

/** Tries of one call of KMS: the caller's request waits for it. */
const TRIES_MAX = 3;
/** A key is read again after this; until then a revoked key may still be accepted. */
const KEY_FRESH_MS = 30_000;

/** Opens the access keys of a deployment. @throws Error that names the missing environment variable */
export function openAwsKeys(environment: Environment, { catalog, clock, random }: QueueService): AccessKeys {
  const requestHandler = {
    requestTimeout: STORE_TRY_MS_MAX,
    throwOnRequestTimeout: true,
    socketTimeout: STORE_TRY_MS_MAX,
  };
  const client = new KMSClient({ maxAttempts: TRIES_MAX, requestHandler });
  const secrets = new KmsSecretBox({ client, keyId: variable(environment, ENV.secretsKey) });
  return new AccessKeys({ catalog, clock, random, secrets }, { freshMs: KEY_FRESH_MS });
}
