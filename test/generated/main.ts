/**
 * `main.ts FOLDER`: writes the description of the API there, as it is (`openapi.json`) and for generators that read no
 * more than OpenAPI 3.0 (`openapi-3.0.json`).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALL_ACTIONS } from '../../src/protocols/rest/actions/index.ts';
import { describeApi } from '../../src/protocols/rest/openapi.ts';

const [folder = '.'] = process.argv.slice(2);
const description = describeApi(ALL_ACTIONS);
writeFileSync(join(folder, 'openapi.json'), JSON.stringify(description));
writeFileSync(
  join(folder, 'openapi-3.0.json'),
  JSON.stringify({ ...(older(description) as object), openapi: '3.0.3' }),
);

/** What 3.1 writes in another way: a type that may be null, and a bound that is not included. */
function older(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(older);
  if (typeof value !== 'object' || value === null) return value;
  const { anyOf, exclusiveMinimum, ...rest } = value as { anyOf?: { type?: string }[]; exclusiveMinimum?: number };
  const others = anyOf?.filter(({ type }) => type !== 'null') ?? [];
  return {
    ...Object.fromEntries(Object.entries(rest).map(([name, inner]) => [name, older(inner)])),
    ...(exclusiveMinimum === undefined ? {} : { minimum: exclusiveMinimum, exclusiveMinimum: true }),
    ...(others.length === 1 ? Object(older(others[0])) : others.length > 1 ? { anyOf: older(others) } : {}),
    ...(others.length === (anyOf?.length ?? 0) ? {} : { nullable: true }),
  };
}
