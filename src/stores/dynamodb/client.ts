import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { STORE_TRY_MS_MAX } from '../../model/limits.ts';

/**
 * Opens a client for the stores. It tries each command once, because only the stores know which may be repeated. It
 * ends each wait. A try that ran out of time is an error with an unclear outcome.
 */
export function openDynamoClient(
  config: DynamoDBClientConfig = {},
  agents: { readonly httpAgent?: HttpAgent; readonly httpsAgent?: HttpsAgent } = {},
): DynamoDBDocumentClient {
  // No limit for connecting alone: it would also run while a request waits for a free connection.
  const requestHandler = {
    ...agents,
    requestTimeout: STORE_TRY_MS_MAX,
    throwOnRequestTimeout: true,
    socketTimeout: STORE_TRY_MS_MAX,
  };
  return DynamoDBDocumentClient.from(new DynamoDBClient({ requestHandler, ...config, maxAttempts: 1 }));
}
