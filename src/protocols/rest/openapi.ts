import * as z from 'zod/mini';
import type { Action } from './action.ts';
import { REST_ERRORS, type RestErrorCode } from './errors.ts';
import { instant, oneOf, text } from './fields.ts';
import type { Fields } from './parse.ts';
import { VERSION } from './version.ts';

const codes = Object.keys(REST_ERRORS) as RestErrorCode[];

/** Every refusal of a whole call. */
export const ErrorAnswer = z.object({
  error: z.object({ code: oneOf(codes), message: text(), field: z.optional(text()), requestId: text() }),
  /** How far a message was searched that was not found. */
  searched: z.optional(z.object({ from: instant(), to: instant(), complete: z.boolean() })),
});

/** Describes the calls as OpenAPI 3.1, from the schemas that check them. */
export function describeApi(actions: readonly Action[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const action of actions) {
    const path = (paths[action.path] ??= {});
    path[action.method.toLowerCase()] = describeAction(action);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'RewindMQ',
      version: VERSION,
      description:
        'A durable message queue: messages stay until they are deleted, and what was deleted can be consumed again.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: { schemas: { Error: jsonSchema(ErrorAnswer, 'output') } },
  };
}

function describeAction(action: Action): object {
  const { id, summary, input } = action;
  const parameters = [...parametersOf(input.path, 'path'), ...parametersOf(input.query, 'query')];
  return {
    operationId: id,
    summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(input.body === undefined ? {} : { requestBody: requestBody(input.body, action.isBodyRequired) }),
    responses: { ...answersOf(action), ...refusalsOf(action) },
  };
}

/** A query's numbers are text on the wire and numbers to its readers, so parameters are described as they come out. */
function parametersOf(schema: Fields, place: 'path' | 'query'): object[] {
  const { properties = {}, required = [] } = jsonSchema(schema, 'output');
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: property,
  }));
}

const requestBody = (schema: Fields, required: boolean): object => ({
  required,
  content: { 'application/json': { schema: jsonSchema(schema, 'input') } },
});

function answersOf({ answers }: Action): Record<string, object> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, schema]) => {
      const description = Number(status) === 204 ? 'Done' : 'The answer';
      const content = schema && { content: { 'application/json': { schema: jsonSchema(schema, 'output') } } };
      return [status, { description, ...content }];
    }),
  );
}

/** What the call itself may refuse, and what its path, query and body bring along. */
function refusalsOf({ input, path, refusals }: Action): Record<string, object> {
  const possible: RestErrorCode[] = ['invalidField', 'throttled', 'internalError', 'unavailable', ...refusals];
  if (path.includes('{')) possible.push('queueNotFound');
  if (input.body !== undefined) possible.push('invalidJson', 'tooLarge');
  const statuses = [...new Set(possible.map((code) => REST_ERRORS[code]))].toSorted((one, other) => one - other);
  return Object.fromEntries(
    statuses.map((status) => {
      const named = possible.filter((code) => REST_ERRORS[code] === status);
      const headers =
        status === 429 || status === 503
          ? { headers: { 'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer', minimum: 0 } } } }
          : {};
      const content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
      return [String(status), { description: named.join(', '), ...headers, content }];
    }),
  );
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

function jsonSchema(schema: z.ZodMiniType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...bare } = z.toJSONSchema(schema, { io });
  return bare as JsonSchema;
}
