import type { Item, Value } from '../../../src/stores/dynamodb/items.ts';

/** An item in its wire form, bytes in Base64. */
export const imageOf = (item: Item) =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, wireValue(value)]));

function wireValue(value: Value) {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (value instanceof Uint8Array) return { B: Buffer.from(value).toString('base64') };
  return { NS: [...value].map(String) };
}
