/** A schema of the API description, as far as ours use JSON Schema. */
interface Schema {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly type?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | false;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema: Schema }[];
}

/** Of a line that holds a choice between words. */
const LINE_LENGTH_MAX = 90;

/** The types of an API description in TypeScript, each under its own name; a query is named after its call. */
export function printedTypes(description: object): string {
  const { paths, components } = description as Description;
  const queries = Object.values(paths).flatMap((path) => Object.values(path).flatMap(queryOf));
  const types = [...Object.entries(components.schemas), ...queries].toSorted(([one], [other]) =>
    one < other ? -1 : 1,
  );
  return types.map(([name, schema]) => `export type ${name} = ${typeOf(schema, '')};\n`).join('\n');
}

function queryOf({ operationId, parameters = [] }: Operation): [name: string, schema: Schema][] {
  const properties = parameters.filter((one) => one.in === 'query').map(({ name, schema }) => [name, schema]);
  if (properties.length === 0) return [];
  const name = `${operationId.charAt(0).toUpperCase()}${operationId.slice(1)}Query`;
  return [[name, { type: 'object', properties: Object.fromEntries(properties) as Record<string, Schema> }]];
}

function typeOf(schema: Schema, indent: string): string {
  const { $ref, enum: words, anyOf, oneOf, type } = schema;
  if ($ref !== undefined) return $ref.slice($ref.lastIndexOf('/') + 1);
  if ('const' in schema) return literal(schema.const);
  if (words !== undefined) return choiceOf(words.map(literal), indent);
  const choices = anyOf ?? oneOf;
  if (choices !== undefined) return choices.map((one) => typeOf(one, indent)).join(' | ');
  if (type === 'integer') return 'number';
  if (type === 'string' || type === 'number' || type === 'boolean' || type === 'null') return type;
  if (type === 'array') return listOf(typeOf(schema.items ?? {}, indent));
  if (type === 'object') return objectOf(schema, indent);
  return 'unknown';
}

/** Few words stand on one line, many on a line each. */
function choiceOf(words: readonly string[], indent: string): string {
  const line = words.join(' | ');
  return line.length <= LINE_LENGTH_MAX ? line : words.map((word) => `\n${indent}  | ${word}`).join('');
}

const listOf = (item: string): string => (item.includes(' | ') ? `readonly (${item})[]` : `readonly ${item}[]`);

function objectOf({ properties, required = [], additionalProperties }: Schema, indent: string): string {
  if (properties === undefined) return `Readonly<Record<string, ${typeOf(additionalProperties || {}, indent)}>>`;
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([name, schema]) => {
    const isRequired = required.includes(name);
    const [mark, orNone] = isRequired ? ['', ''] : ['?', ' | undefined'];
    return `${inner}readonly ${name}${mark}: ${typeOf(schema, inner)}${orNone};\n`;
  });
  return lines.length === 0 ? 'Readonly<Record<string, never>>' : `{\n${lines.join('')}${indent}}`;
}

const literal = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value));
