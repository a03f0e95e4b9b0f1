import { openDispatcherFunction } from '../src/runtime/dispatcher-function.ts';

/** Pushes the messages of one queue to its target. Called asynchronously by what wakes it. */
export const handler = openDispatcherFunction(process.env);
