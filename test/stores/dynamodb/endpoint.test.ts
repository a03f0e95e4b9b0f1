import { describe, it } from 'vitest';
import { dynamoContracts } from './contracts.ts';

const endpoint = process.env['DYNAMODB_ENDPOINT'] ?? '';

if (endpoint === '') {
  describe('DynamoDB at an endpoint of your own', () => {
    it.skip('keeps the contracts (skipped: DYNAMODB_ENDPOINT names no engine, such as http://127.0.0.1:5000)');
  });
} else {
  dynamoContracts(`DynamoDB at ${endpoint}`, async () => ({ endpoint, stop: async () => {} }));
}
