import { SEND_ACTIONS } from '../src/protocols/rest/actions/index.ts';
import { openRestFunction } from '../src/runtime/rest-function.ts';

export const handler = openRestFunction(process.env, SEND_ACTIONS);
