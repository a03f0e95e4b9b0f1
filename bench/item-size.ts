import type { WireItem, WireValue } from './wire.ts';

/** Size of an item by DynamoDB's documented rules: names and values of its attributes, in bytes. */
export function itemBytes(item: WireItem): number {
  return sum(Object.entries(item).map(([name, value]) => textBytes(name) + valueBytes(value)));
}

function valueBytes(value: WireValue): number {
  if ('S' in value) return textBytes(value.S);
  if ('N' in value) return numberBytes(value.N);
  if ('B' in value) return base64Bytes(value.B);
  if ('SS' in value) return sum(value.SS.map(textBytes));
  if ('NS' in value) return sum(value.NS.map(numberBytes));
  if ('BS' in value) return sum(value.BS.map(base64Bytes));
  if ('L' in value) return CONTAINER_BYTES + sum(value.L.map((element) => ELEMENT_BYTES + valueBytes(element)));
  if ('M' in value) return CONTAINER_BYTES + Object.keys(value.M).length * ELEMENT_BYTES + itemBytes(value.M);
  return 1;
}

const CONTAINER_BYTES = 3;
const ELEMENT_BYTES = 1;

const textBytes = (text: string): number => Buffer.byteLength(text);
const base64Bytes = (text: string): number => Buffer.byteLength(text, 'base64');
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** One byte, one for each pair of digits from the decimal point, one for a minus; outer zeros are free. */
function numberBytes(text: string): number {
  const number = Number(text);
  if (number === 0) return 1;
  const [mantissa = '', exponent = ''] = Math.abs(number).toExponential().split('e');
  const highest = Number(exponent);
  const lowest = highest - (mantissa.replace('.', '').length - 1);
  return 1 + Math.floor(highest / 2) - Math.floor(lowest / 2) + 1 + (number < 0 ? 1 : 0);
}
