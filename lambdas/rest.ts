import { ALL_ACTIONS } from '../src/protocols/rest/actions/index.ts';
import { openRestFunction } from '../src/runtime/rest-function.ts';

/** All calls in one function, for a deployment whose front door is a function URL. */
export const handler = openRestFunction(process.env, ALL_ACTIONS);
