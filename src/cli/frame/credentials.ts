import type { CredentialSource } from '../../client/index.ts';
import { CommandFailure, EXIT } from '../rules/exit-codes.ts';
import { type Place, signingOf } from '../rules/places.ts';
import type { Io } from './io.ts';

/**
 * What signs the calls to a place, or `undefined` for calls that are not signed. The chain of AWS (environment,
 * profiles, SSO, roles of machines) is loaded for IAM alone.
 *
 * @throws CommandFailure when half of a key is missing
 */
export async function credentialsOf(place: Place, { environment }: Io): Promise<CredentialSource | undefined> {
  const signing = signingOf(place, environment);
  if (signing === 'none') return undefined;
  if (signing === 'key') return keyOf(environment);
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  const provide = defaultProvider(place.profile === undefined ? {} : { profile: place.profile });
  return async () => {
    try {
      const { accessKeyId, secretAccessKey, sessionToken } = await provide();
      return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
    } catch (error) {
      const reason = (error as Error).message;
      throw new CommandFailure(
        EXIT.notAllowed,
        `There are no AWS credentials to sign calls to ${place.url}: ${reason}`,
      );
    }
  };
}

function keyOf({ REWINDMQ_ACCESS_KEY_ID: id, REWINDMQ_SECRET_ACCESS_KEY: secret }: Io['environment']) {
  if (id && secret) return { accessKeyId: id, secretAccessKey: secret };
  const reason = 'Calls are signed with the key in REWINDMQ_ACCESS_KEY_ID and REWINDMQ_SECRET_ACCESS_KEY; set both.';
  throw new CommandFailure(EXIT.notAllowed, reason);
}
