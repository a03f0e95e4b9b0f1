import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { ALL_ACTIONS } from '../../../src/protocols/rest/actions/index.ts';
import { parser } from '../../../src/protocols/rest/parse.ts';
import { runs } from '../../support/runs.ts';

const schemas = ALL_ACTIONS.flatMap(({ id, input }) =>
  [input.path, input.query, input.body].flatMap((schema) => (schema === undefined ? [] : [{ id, schema }])),
);

/** Values near what calls take: the right names, and values that are right, wrong and at the limits. */
const nearValues = fc.oneof(
  fc.constantFrom(0, 1, -1, 1.5, 20, 21, 1_000, 1_001, 43_200, 43_201, null, true, '', 'a', '1', '0', '-1', 'forever'),
  fc.constantFrom('2026-11-22T16:00:00Z', '2026-11-22', 'ready', 'a.fifo', 'x'.repeat(81), [], {}, ['a'], [1]),
  fc.record({ queue: fc.constantFrom('a', 1), maxReceives: fc.constantFrom(0, 1) }, { requiredKeys: [] }),
  fc.record({ min: fc.constantFrom(1, 2), max: fc.constantFrom(1, 'a') }, { requiredKeys: [] }),
  fc.dictionary(fc.string(), fc.string()),
);
const attribute = fc.record(
  {
    type: fc.constantFrom('string', 'number', 'binary', 'other'),
    value: fc.constantFrom('', '1', '1e3', 'YQ==', 'a', 1),
    more: fc.constant(1),
  },
  { requiredKeys: [] },
);
const message = fc.record(
  {
    body: fc.oneof(fc.string(), nearValues),
    attributes: fc.oneof(fc.dictionary(fc.constantFrom('a', 'b c', '__proto__', '', 'd'), attribute), nearValues),
    delaySeconds: nearValues,
    deliverAt: nearValues,
    more: nearValues,
  },
  { requiredKeys: [] },
);
const names = [...new Set(schemas.flatMap(({ schema }) => Object.keys(schema.shape)))];
const nearInput = fc.oneof(
  fc.dictionary(fc.constantFrom(...names, 'more'), fc.oneof(nearValues, fc.array(message, { maxLength: 3 })), {
    maxKeys: 4,
  }),
  fc.record({ messages: fc.array(message, { minLength: 1, maxLength: 4 }) }),
);

/** What a parser makes of a value: what it read, or why not. */
function outcomeOf(parse: (value: unknown) => unknown, value: unknown): unknown {
  try {
    return { read: parse(value) };
  } catch (error) {
    return { refused: error instanceof Error ? error.message : error };
  }
}

describe('a parser', () => {
  it.each(schemas)('of $id reads and refuses the same before and after it is compiled', ({ schema }) => {
    const warm = parser(schema);
    for (let parse = 0; parse < 100; parse++) outcomeOf(warm, {});

    fc.assert(
      fc.property(nearInput, (value) => {
        expect(outcomeOf(warm, value)).toEqual(outcomeOf(parser(schema), value));
      }),
      runs(300),
    );
  });

  it.each(schemas)('of $id can be compiled as a whole', ({ schema }) => {
    expect(z.compile(schema, { strict: true })).not.toBe(schema);
  });
});
