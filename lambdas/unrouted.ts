import { openUnroutedFunction } from '../src/runtime/unrouted-function.ts';

export const handler = openUnroutedFunction(process.env);
