import { missing, SqsError } from './errors.ts';

/**
 * The shape of a call's field. One description serves both wire forms: JSON, and Query, which writes a list as
 * `Name.1`, `Name.2` and a map as `Entry.1.Name`, `Entry.1.Value`.
 */
export type Shape =
  | { readonly kind: 'text' | 'integer' }
  | { readonly kind: 'list'; readonly of: Shape; readonly query: string }
  | { readonly kind: 'map'; readonly of: Shape; readonly query: MapNames }
  | { readonly kind: 'structure'; readonly members: Members };

interface MapNames {
  readonly entry: string;
  readonly key: string;
  readonly value: string;
}

export type Members = Readonly<Record<string, Shape & { readonly isRequired?: true }>>;

export type Value<Of> = Of extends { kind: 'text' }
  ? string
  : Of extends { kind: 'integer' }
    ? number
    : Of extends { kind: 'list'; of: infer Item }
      ? readonly Value<Item>[]
      : Of extends { kind: 'map'; of: infer Item }
        ? Readonly<Record<string, Value<Item>>>
        : Of extends { kind: 'structure'; members: infer All }
          ? Values<All>
          : never;

export type Values<All> = {
  readonly [Name in keyof All as All[Name] extends { isRequired: true } ? Name : never]: Value<All[Name]>;
} & {
  readonly [Name in keyof All as All[Name] extends { isRequired: true } ? never : Name]?: Value<All[Name]>;
};

export const text = { kind: 'text' } as const;
export const integer = { kind: 'integer' } as const;
export const list = <const Item extends Shape>(of: Item, query: string) => ({ kind: 'list', of, query }) as const;
export const map = <const Item extends Shape>(of: Item, entry: string, key = 'Name') =>
  ({ kind: 'map', of, query: { entry, key, value: 'Value' } }) as const;
export const structure = <const All extends Members>(members: All) => ({ kind: 'structure', members }) as const;
export const required = <const Of extends Shape>(shape: Of) => ({ ...shape, isRequired: true }) as const;

/** SQS's integers have 32 bits. */
const INTEGER_MAX = 2 ** 31 - 1;

/**
 * Reads a value from JSON. Unknown members are ignored, and `null` counts as absent, as in SQS.
 * @throws SqsError `SerializationException` for another type, `MissingRequiredParameterException`
 */
export function readValue<const Of extends Shape>(shape: Of, value: unknown, path = ''): Value<Of> {
  return read(shape, value, path) as Value<Of>;
}

function read(shape: Shape, value: unknown, path: string): unknown {
  switch (shape.kind) {
    case 'text':
      if (typeof value === 'string') return value;
      throw mistyped(value, 'a String');
    case 'integer':
      if (Number.isInteger(value) && Math.abs(value as number) <= INTEGER_MAX) return value;
      throw mistyped(value, 'an Integer');
    case 'list':
      if (!Array.isArray(value)) throw mistyped(value, 'a List');
      return value.map((item, index) => read(shape.of, item, `${shape.query}.${index + 1}`));
    case 'map': {
      const entries = Object.entries(objectIn(value)).filter(([, item]) => item !== null);
      // Built from entries, so that `__proto__` is an ordinary name.
      return Object.fromEntries(entries.map(([name, item]) => [name, read(shape.of, item, '')]));
    }
    case 'structure':
      return readMembers(shape.members, objectIn(value), path);
  }
}

function readMembers(members: Members, object: Readonly<Record<string, unknown>>, path: string): object {
  const values: Record<string, unknown> = {};
  for (const name in members) {
    const member = members[name];
    if (member === undefined) continue;
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    if (value !== undefined && value !== null) values[name] = read(member, value, name);
    else if (member.isRequired === true) throw missing(path === '' ? name : `${path}.${name}`);
  }
  return values;
}

function objectIn(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw mistyped(value, 'a Map');
}

function mistyped(value: unknown, wanted: string): SqsError {
  return new SqsError('SerializationException', `${kindOf(value)} can not be converted to ${wanted}`);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'START_ARRAY';
  if (typeof value === 'object' && value !== null) return 'START_OBJECT';
  if (typeof value === 'number') return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE';
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
  return value === null ? 'NULL_VALUE' : 'STRING_VALUE';
}
