import { openSqsFunction } from '../src/runtime/sqs-function.ts';

export const handler = openSqsFunction(process.env);
