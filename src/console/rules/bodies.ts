/** Bytes of a row, as `hexdump` shows them. */
const BYTES_PER_ROW = 16;
/** Rows of a dump: 64 KiB. */
const ROWS_MAX = 4_096;

/** A body as formatted JSON; `undefined` if it is no JSON object or list. */
export function jsonText(body: string): string | undefined {
  if (!/^\s*[[{]/.test(body)) return undefined;
  try {
    return JSON.stringify(JSON.parse(body) as unknown, undefined, 2);
  } catch {
    return undefined;
  }
}

/** Rows of `00000010  48 65 …  |He…|`, of the first 64 KiB in UTF-8. */
export function hexText(body: string): string {
  const bytes = new TextEncoder().encode(body);
  const rows: string[] = [];
  for (let at = 0; at < bytes.length && rows.length < ROWS_MAX; at += BYTES_PER_ROW) {
    const row = [...bytes.subarray(at, at + BYTES_PER_ROW)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    rows.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(BYTES_PER_ROW * 3 - 1)}  |${text}|`);
  }
  return rows.join('\n');
}

export const bytesOf = (body: string): number => new TextEncoder().encode(body).length;

/** The first line, cut: what a row of a table shows. Characters that steer or reorder text show as their code. */
export function firstLine(body: string, lengthMax = 160): string {
  return visible(body.slice(0, lengthMax)) + (body.length > lengthMax ? '…' : '');
}

/** Control characters and those that change the direction of text, as `\u{202e}`; line ends as a space. */
export function visible(text: string): string {
  return text
    .replaceAll(/\s*[\r\n\t]+\s*/g, ' ')
    .replaceAll(STEERING, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

const STEERING = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;
