import { sendMessagesAction } from '../src/protocols/rest/actions/send-messages.ts';
import { openRestFunction } from '../src/runtime/rest-function.ts';

export const handler = openRestFunction(process.env, [sendMessagesAction]);
