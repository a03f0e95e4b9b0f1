import { receiveMessagesAction } from '../src/protocols/rest/actions/receive-messages.ts';
import { openRestFunction } from '../src/runtime/rest-function.ts';

export const handler = openRestFunction(process.env, [receiveMessagesAction]);
