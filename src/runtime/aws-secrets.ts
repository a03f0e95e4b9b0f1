import { KMSClient } from '@aws-sdk/client-kms';
import { STORE_TRY_MS_MAX } from '../model/limits.ts';
import { KmsSecretBox } from '../stores/secrets/kms-secret-box.ts';
import { ENV, type Environment, type SecretPurpose, variable } from './env.ts';

/** Tries of one call of KMS: the caller's request waits for it. */
const TRIES_MAX = 3;

/** Seals secrets with the key of a deployment. @throws Error that names the missing environment variable */
export function openAwsSecrets(environment: Environment, purpose: SecretPurpose): KmsSecretBox {
  const requestHandler = {
    requestTimeout: STORE_TRY_MS_MAX,
    throwOnRequestTimeout: true,
    socketTimeout: STORE_TRY_MS_MAX,
  };
  const client = new KMSClient({ maxAttempts: TRIES_MAX, requestHandler });
  return new KmsSecretBox({ client, keyId: variable(environment, ENV.secretsKey), purpose });
}
