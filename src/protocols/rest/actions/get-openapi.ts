import * as z from 'zod/mini';
import { type Action, action } from '../action.ts';
import { describeApi } from '../openapi.ts';

/** The call that describes these calls and itself. */
export function describingAction(others: readonly Action[]): Action {
  let description: object | undefined;
  const itself: Action = action({
    id: 'getOpenApi',
    method: 'GET',
    path: '/openapi.json',
    summary: 'Describe this API as OpenAPI 3.1',
    input: {},
    answers: { 200: z.record(z.string(), z.unknown()) },
    async answer() {
      description ??= describeApi([...others, itself]);
      return { status: 200, body: description };
    },
  });
  return itself;
}
