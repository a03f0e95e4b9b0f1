import { changeVisibilityAction } from '../src/protocols/rest/actions/change-visibility.ts';
import { deleteMessagesAction } from '../src/protocols/rest/actions/delete-messages.ts';
import { openRestFunction } from '../src/runtime/rest-function.ts';

export const handler = openRestFunction(process.env, [deleteMessagesAction, changeVisibilityAction]);
