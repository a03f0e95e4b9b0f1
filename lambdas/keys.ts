import { openKeysFunction } from '../src/runtime/keys-function.ts';

export const handler = openKeysFunction(process.env);
