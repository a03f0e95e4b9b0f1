import { assert } from './assert.ts';
import type { EpochMs } from './brand.ts';

/**
 * 64 characters in ASCII order: text written with them sorts like the numbers it stands for, in every store,
 * and needs no escaping in a URL, a receipt or a file name.
 */
const ALPHABET = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
const VALUE_OF = new Int8Array(128).fill(-1);
for (let value = 0; value < ALPHABET.length; value++) VALUE_OF[ALPHABET.charCodeAt(value)] = value;

/** Characters of an instant: 48 bits, enough until the year 10889. */
export const INSTANT_LENGTH = 8;

/** Writes a whole number below 64^length with exactly `length` characters. */
export function toSortableText(value: number, length: number): string {
  assert(Number.isSafeInteger(value) && value >= 0, 'it is a whole number, not negative', value);
  let text = '';
  let rest = value;
  for (let position = 0; position < length; position++) {
    text = ALPHABET.charAt(rest % 64) + text;
    rest = Math.floor(rest / 64);
  }
  assert(rest === 0, 'a number fits its characters', value);
  return text;
}

/** Reads what {@link toSortableText} wrote; `undefined` for a foreign character. */
export function fromSortableText(text: string): number | undefined {
  const value = sortableNumberAt(text, 0, text.length);
  return value < 0 ? undefined : value;
}

/** Reads a number within a text, without cutting it out; -1 for a foreign character. */
export function sortableNumberAt(text: string, start: number, end: number): number {
  let value = 0;
  for (let position = start; position < end; position++) {
    const digit = VALUE_OF[text.charCodeAt(position)] ?? -1;
    if (digit < 0) return -1;
    value = value * 64 + digit;
  }
  return value;
}

/** Many ids of one call hold the same instant, so its text is cached until another one is asked for. */
let lastInstant = { at: 0 as EpochMs, text: toSortableText(0, INSTANT_LENGTH) };

export function instantText(at: EpochMs): string {
  if (at !== lastInstant.at) lastInstant = { at, text: toSortableText(at, INSTANT_LENGTH) };
  return lastInstant.text;
}

export function textInstant(text: string): EpochMs {
  const value = fromSortableText(text);
  assert(value !== undefined && text.length === INSTANT_LENGTH, 'an instant has its form', text);
  return value as EpochMs;
}

/** Text of `length` characters from random bytes; 6 bits of each byte are used. */
export function randomText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += ALPHABET.charAt(byte & 63);
  return text;
}

export function isSortableText(text: string): boolean {
  for (let position = 0; position < text.length; position++) {
    if ((VALUE_OF[text.charCodeAt(position)] ?? -1) < 0) return false;
  }
  return true;
}

/** Text that sorts in the reverse order. Foreign characters stay as they are. */
export function reversedText(text: string): string {
  let reversed = '';
  for (const character of text) {
    const value = ALPHABET.indexOf(character);
    reversed += value === -1 ? character : ALPHABET.charAt(ALPHABET.length - 1 - value);
  }
  return reversed;
}
