import { DecodeError } from '../../model/bytes.ts';

/** An attribute as the document client takes and returns it. */
export type Value = string | number | Uint8Array | ReadonlySet<number>;
export type Item = Readonly<Record<string, Value>>;

const isText = (value: Value): value is string => typeof value === 'string';
const isNumber = (value: Value): value is number => typeof value === 'number';
const isBytes = (value: Value): value is Uint8Array => value instanceof Uint8Array;
const isNumberSet = (value: Value): value is ReadonlySet<number> => value instanceof Set;

/** `undefined` when the attribute is absent. @throws DecodeError when it has another type. */
function read<Kind extends Value>(item: Item, name: string, is: (value: Value) => value is Kind): Kind | undefined {
  const value = item[name];
  if (value === undefined || is(value)) return value;
  throw new DecodeError(`attribute "${name}" has the wrong type`);
}

export const textAt = (item: Item, name: string): string | undefined => read(item, name, isText);
export const numberAt = (item: Item, name: string): number | undefined => read(item, name, isNumber);
export const bytesAt = (item: Item, name: string): Uint8Array | undefined => read(item, name, isBytes);
export const numbersAt = (item: Item, name: string): ReadonlySet<number> => read(item, name, isNumberSet) ?? new Set();

/** @throws DecodeError when the attribute is absent. */
export function present<Kind extends Value>(value: Kind | undefined, name: string): Kind {
  if (value === undefined) throw new DecodeError(`attribute "${name}" is missing`);
  return value;
}

/** An attribute in its wire form: in a failed condition, and in a stream, where bytes are Base64. */
export interface WireValue {
  readonly S?: string | undefined;
  readonly N?: string | undefined;
  readonly NS?: readonly string[] | undefined;
  readonly B?: Uint8Array | string | undefined;
}

export type WireImage = Readonly<Record<string, WireValue>>;

/** Reads the attribute types that our items have. @throws DecodeError for any other. */
export const itemOfWire = (image: WireImage): Item =>
  Object.fromEntries(Object.entries(image).map(([name, value]) => [name, valueOfWire(value)]));

/** @throws DecodeError for an attribute of any other type */
export function valueOfWire({ S, N, NS, B }: WireValue): Value {
  if (S !== undefined) return S;
  if (N !== undefined) return Number(N);
  if (NS !== undefined) return new Set(NS.map(Number));
  if (B !== undefined) return typeof B === 'string' ? new Uint8Array(Buffer.from(B, 'base64')) : B;
  throw new DecodeError('an attribute is neither text, number, number set nor bytes');
}

/** The form of an attribute in a request, where bytes are Base64. */
export function wireOfValue(value: Value): WireValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (value instanceof Uint8Array)
    return { B: Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64') };
  return { NS: [...value].map(String) };
}
