import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { STORE_TRY_MS_MAX } from '../../model/limits.ts';

const CONNECT_MS_MAX = 1_000;

/**
 * A client as the stores need it: one try for each command, because only they know which may be repeated, and an end
 * to waiting. A try that ran out of time is an error, and its outcome unclear.
 */
export function openDynamoClient(config: DynamoDBClientConfig = {}): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    ...config,
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_MS_MAX,
      requestTimeout: STORE_TRY_MS_MAX,
      throwOnRequestTimeout: true,
      socketTimeout: STORE_TRY_MS_MAX,
    },
  });
  return DynamoDBDocumentClient.from(client);
}
