import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { actionsWithReset } from '../../../src/protocols/rest/actions/index.ts';
import { MANUAL, PARAMETERS } from '../../../src/protocols/rest/manual.ts';
import { describeApi } from '../../../src/protocols/rest/openapi.ts';

interface Operation {
  readonly operationId: string;
  readonly description?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly description?: string }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}
type Content = Readonly<Record<string, { readonly schema: { readonly $ref?: string }; readonly example?: object }>>;

/** Every call there is: those of a server in memory. */
const CALLS = actionsWithReset(async () => {});
const description = describeApi(CALLS) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>>; readonly securitySchemes: object };
  readonly security: readonly object[];
};
const operations = Object.values(description.paths).flatMap((methods) => Object.values(methods));

describe('the description of the API', () => {
  it('says of each call more than its summary, and of each parameter what it is', () => {
    const undescribed = operations.filter(({ description: told = '' }) => told.length < 10);
    const unexplained = operations.flatMap(({ parameters = [] }) => parameters.filter((one) => !one.description));

    expect(undescribed.map(({ operationId }) => operationId)).toEqual([]);
    expect(unexplained.map(({ name }) => name)).toEqual([]);
  });

  it('has an example for each body, and each fits its schema', () => {
    const names = new Set(CALLS.map(({ id }) => id));
    expect(Object.keys(MANUAL).filter((id) => !names.has(id))).toEqual([]);
    for (const { id, input, answers } of CALLS) {
      const { request, answer } = MANUAL[id] ?? {};
      const answered = Object.values(answers).at(-1);
      if (input.body !== undefined) expect(z.safeParse(input.body, request), `request of ${id}`).toHaveProperty('data');
      if (answered !== undefined) expect(z.safeParse(answered, answer), `answer of ${id}`).toHaveProperty('data');
    }
  });

  it('names every type that a call takes or answers, and has each type that it names', () => {
    const contents = operations.flatMap(({ requestBody, responses }) => [
      ...(requestBody === undefined ? [] : [requestBody.content]),
      ...Object.values(responses).flatMap(({ content }) => (content === undefined ? [] : [content])),
    ]);
    const references = JSON.stringify(description).match(/"#\/[^"]*"/g) ?? [];

    for (const content of contents) expect(content['application/json']?.schema.$ref).toBeDefined();
    for (const reference of references) {
      const name = /^"#\/components\/schemas\/(\w+)"$/.exec(reference)?.[1] ?? reference;
      expect(description.components.schemas).toHaveProperty(name);
    }
  });

  it('says which calls need no signature', () => {
    const open = operations.filter(({ security }) => security?.length === 0).map(({ operationId }) => operationId);

    expect(open.toSorted()).toEqual(['getHealth', 'getOpenApi', 'getReadiness']);
    expect(description.components.securitySchemes).toHaveProperty('signature');
    expect(description.security).toEqual([{ signature: [] }, {}]);
  });

  it('explains no parameter that there is not', () => {
    const named = new Set(operations.flatMap(({ parameters = [] }) => parameters.map(({ name }) => name)));

    expect(Object.keys(PARAMETERS).filter((name) => !named.has(name))).toEqual([]);
  });
});
