import type { MessageAttribute } from '../../client/index.ts';
import { WrongUse } from './exit-codes.ts';

const ATTRIBUTE = /^([A-Za-z0-9_.-]{1,256})(?::(string|number|binary))?=([^]*)$/;
const PAIR = /^([^=]+)=([^]*)$/;

/** One `name=value`, `name:number=5` or `name:binary=Base64`, added to those before. @throws WrongUse */
export function addAttribute(
  text: string,
  before: Readonly<Record<string, MessageAttribute>> = {},
): Record<string, MessageAttribute> {
  const [, name, type = 'string', value = ''] = ATTRIBUTE.exec(text) ?? [];
  if (name === undefined) throw new WrongUse('An attribute is name=value, name:number=value or name:binary=Base64.');
  return { ...before, [name]: { type: type as MessageAttribute['type'], value } };
}

/** One `name=value`, added to those before: a tag, or a value that messages must have. @throws WrongUse */
export function addPair(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, value = ''] = PAIR.exec(text) ?? [];
  if (name === undefined) throw new WrongUse('It is name=value.');
  return { ...before, [name]: value };
}

/** Whether a message has each of these attributes with this value. */
export const hasAttributes = (
  { attributes }: { readonly attributes: Readonly<Record<string, MessageAttribute>> },
  wanted: Readonly<Record<string, string>>,
): boolean => Object.entries(wanted).every(([name, value]) => attributes[name]?.value === value);

/** Attributes in one line: `kind=refund amount:number=5`. */
export const attributesText = (attributes: Readonly<Record<string, MessageAttribute>>): string =>
  Object.entries(attributes)
    .map(([name, { type, value }]) => `${name}${type === 'string' ? '' : `:${type}`}=${value}`)
    .join(' ');
