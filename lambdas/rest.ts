import { ALL_ACTIONS } from '../src/protocols/rest/actions/index.ts';
import { openRestFunction } from '../src/runtime/rest-function.ts';

/** Serves all calls in one function, for a deployment with a function URL as its front door. */
export const handler = openRestFunction(process.env, ALL_ACTIONS);
