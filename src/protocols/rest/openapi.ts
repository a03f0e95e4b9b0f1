import * as z from 'zod/mini';
import type { Action } from './action.ts';
import { DecisionView, PlannedView } from './control-view.ts';
import { REST_ERROR_CODES, REST_ERRORS, type RestErrorCode } from './errors.ts';
import { attribute, instant, oneOf, text } from './fields.ts';
import { MANUAL, PARAMETERS } from './manual.ts';
import { ReceivedView, SeenView } from './messages.ts';
import type { Fields } from './parse.ts';
import { QueueView } from './queue-attributes.ts';
import { FailedReceipt } from './receipts.ts';
import { RewindView } from './rewind-view.ts';
import { VERSION } from './version.ts';

/** Every refusal of a whole call. */
export const ErrorAnswer = z.object({
  error: z.object({ code: oneOf(REST_ERROR_CODES), message: text(), field: z.optional(text()), requestId: text() }),
  /** How far the search for a missing message went. */
  searched: z.optional(z.object({ from: instant(), to: instant(), complete: z.boolean() })),
});

/** Types that several calls share; other types are named after their call. */
const SHARED: readonly (readonly [name: string, schema: z.ZodMiniType])[] = [
  ['Queue', QueueView],
  ['MessageAttribute', attribute],
  ['ReceivedMessage', ReceivedView],
  ['SeenMessage', SeenView],
  ['FailedReceipt', FailedReceipt],
  ['Rewind', RewindView],
  ['PlannedChange', PlannedView],
  ['Decision', DecisionView],
  ['Error', ErrorAnswer],
];
for (const [id, schema] of SHARED) z.globalRegistry.add(schema, { id });

const SECURITY_SCHEMES = {
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description:
      'AWS Signature Version 4, service execute-api: by IAM in a deployment, by an access key on a server that ' +
      'requires keys. A local server without keys takes calls that are not signed.',
    'x-amazon-apigateway-authtype': 'awsSigv4',
  },
};
/** Calls that never need a signature. */
const OPEN = ['getHealth', 'getOpenApi', 'getReadiness'];

/** The types of a description by their names. */
type Types = Map<string, object>;

/** Describes the calls as OpenAPI 3.1, from the schemas that check them. */
export function describeApi(actions: readonly Action[]): object {
  const types: Types = new Map();
  typeOf(ErrorAnswer, { types, name: 'Error', io: 'output' });
  const paths: Record<string, Record<string, object>> = {};
  for (const action of actions) {
    const path = (paths[action.path] ??= {});
    path[action.method.toLowerCase()] = describeAction(action, types);
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
    security: [{ signature: [] }, {}],
    paths,
    components: { schemas: Object.fromEntries(types), securitySchemes: SECURITY_SCHEMES },
  };
}

function describeAction(action: Action, types: Types): object {
  const { id, summary, input } = action;
  const { description, request } = MANUAL[id] ?? {};
  const parameters = [...parametersOf(input.path, 'path'), ...parametersOf(input.query, 'query')];
  return {
    operationId: id,
    summary,
    description,
    ...(OPEN.includes(id) ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(input.body === undefined
      ? {}
      : {
          requestBody: { required: action.isBodyRequired, ...jsonOf(requestType(action, input.body, types), request) },
        }),
    responses: { ...answersOf(action, types), ...refusalsOf(action) },
  };
}

/** A query's numbers are text on the wire and numbers to readers, so the description shows the parsed type. */
function parametersOf(schema: Fields, place: 'path' | 'query'): object[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'output' });
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    description: PARAMETERS[name],
    required: required.includes(name),
    schema: property,
  }));
}

const requestType = ({ id }: Action, schema: Fields, types: Types): object =>
  typeOf(schema, { types, name: `${capital(id)}Request`, io: 'input' });

function answersOf({ id, answers, summary }: Action, types: Types): Record<string, object> {
  const entries = Object.entries(answers);
  return Object.fromEntries(
    entries.map(([status, schema], index) => {
      if (schema === undefined) return [status, { description: 'Done' }];
      // Of several answers, the last is the most common.
      const name = index === entries.length - 1 ? `${capital(id)}Answer` : `${capital(id)}Answer${status}`;
      const type = typeOf(schema, { types, name, io: 'output' });
      const example = index === entries.length - 1 ? MANUAL[id]?.answer : undefined;
      return [status, { description: `The answer: ${summary.toLowerCase()}`, ...jsonOf(type, example) }];
    }),
  );
}

/** The refusals of the call itself, its path, query and body. */
function refusalsOf({ id, input, path, refusals }: Action): Record<string, object> {
  const possible: RestErrorCode[] = ['invalidField', 'throttled', 'internalError', 'unavailable', ...refusals];
  if (!OPEN.includes(id)) possible.push('accessDenied');
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
      return [String(status), { description: named.join(', '), ...headers, ...jsonOf(referenceTo('Error')) }];
    }),
  );
}

const jsonOf = (schema: object, example?: object): object => ({
  content: { 'application/json': example === undefined ? { schema } : { schema, example } },
});

const referenceTo = (name: string): object => ({ $ref: `#/components/schemas/${name}` });
const capital = (id: string): string => id.charAt(0).toUpperCase() + id.slice(1);

/** A reference to the type. Adds it and its references to `types`; a shared type keeps its own name. */
function typeOf(
  schema: z.ZodMiniType,
  { types, name, io }: { readonly types: Types; readonly name: string; readonly io: 'input' | 'output' },
): object {
  const { $schema: _, $defs = {}, $ref, ...own } = z.toJSONSchema(schema, { io });
  for (const [named, type] of [...Object.entries($defs), ...($ref === undefined ? [[name, own] as const] : [])]) {
    const { id: _id, ...bare } = type;
    types.set(named, JSON.parse(JSON.stringify(bare).replaceAll('#/$defs/', '#/components/schemas/')) as object);
  }
  return referenceTo($ref?.replace('#/$defs/', '') ?? name);
}
