import { assert } from './assert.ts';

/** Writes small binary records: bytes, variable-length numbers, text. Grows by itself. */
export class ByteWriter {
  #bytes: Buffer;
  #length = 0;

  /** @param room - expected bytes; the writer grows beyond them. @default 256 */
  constructor(room = 256) {
    this.#bytes = Buffer.allocUnsafe(room);
  }

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** 7 bits a byte, low bits first; 0 to 2^53 - 1. */
  varint(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, 'it is a whole number, not negative', value);
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  /** A number that may be negative, small ones in few bytes. */
  signedVarint(value: number): void {
    this.varint(value < 0 ? -value * 2 - 1 : value * 2);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** UTF-8 text without a length; `bytes` is its length if the caller knows it. */
  utf8(text: string, bytes = Buffer.byteLength(text)): void {
    this.#reserve(bytes);
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
  }

  /** Short text of characters that are a byte each, without a length; faster than {@link utf8}. */
  ascii(text: string): void {
    this.#reserve(text.length);
    for (let position = 0; position < text.length; position++) {
      this.#bytes[this.#length++] = text.charCodeAt(position);
    }
  }

  /** Bytes with their length before them. */
  sized(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** Text with its length before it. */
  sizedUtf8(text: string): void {
    const bytes = Buffer.byteLength(text);
    this.varint(bytes);
    this.utf8(text, bytes);
  }

  finish(): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + more));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

/** Bytes that cannot be decoded: they are damaged, or other software wrote them. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/** Reads what {@link ByteWriter} wrote. @throws DecodeError at the end of the bytes. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Uint8Array, start = 0) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#at = start;
  }

  /** Bytes read so far, from the start. */
  get position(): number {
    return this.#at;
  }

  /** Goes on reading at another position. */
  moveTo(position: number): void {
    this.#at = position;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw new DecodeError('the bytes end too early');
    return value;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 49; factor *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80 && value <= Number.MAX_SAFE_INTEGER) return value;
      if (byte < 0x80) break;
    }
    throw new DecodeError('a number is too large');
  }

  signedVarint(): number {
    const value = this.varint();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  raw(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new DecodeError('the bytes end too early');
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  utf8(length: number): string {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new DecodeError('the bytes end too early');
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end;
    return text;
  }

  sized(): Uint8Array {
    return this.raw(this.varint());
  }

  sizedUtf8(): string {
    return this.utf8(this.varint());
  }
}
