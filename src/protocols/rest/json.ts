import { isUtf8 } from 'node:buffer';
import { REQUEST_BYTES_MAX } from '../../model/limits.ts';
import { repeatedName } from '../../model/repeated-names.ts';
import type { HttpEvent } from '../../ports/http-event.ts';
import { Refusal } from './errors.ts';
import { fieldPath, HALF_PAIR, inWords, withoutHalfPairs } from './wording.ts';

export interface JsonBody {
  readonly value: unknown;
  readonly bytes: number;
}

/** The body of an event. */
export type BodySource = Pick<HttpEvent, 'body' | 'isBase64Encoded' | 'headers'>;

/**
 * Reads the JSON object in a body.
 *
 * @throws Refusal `tooLarge` above `REQUEST_BYTES_MAX`, `invalidJson` for anything but one JSON object in UTF-8,
 * `invalidField` for a name that JavaScript would lose or that occurs twice
 */
export function readJson(source: BodySource): JsonBody | undefined {
  // The host stops reading at the limit and passes on only the length it saw.
  refuseAbove(Number(source.headers['content-length'] ?? 0));
  const { body } = source;
  if (body === undefined || body === '') return undefined;
  const text = source.isBase64Encoded === true ? decodeBytes(Buffer.from(body, 'base64')) : body;
  const bytes = Buffer.byteLength(text);
  refuseAbove(bytes);
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal('invalidJson', `the body must be a JSON object; given: ${inWords(value)}`);
  }
  // Only an escape can write half a pair, or hide the name. Nearly no body has either, so the walk is rare.
  if (text.includes('\\u') || text.includes('__proto__')) refuseHarmful(value);
  refuseRepeated(text);
  return { value, bytes };
}

function refuseRepeated(text: string): void {
  const path = repeatedName(text);
  if (path === undefined) return;
  const field = fieldPath(path);
  throw new Refusal('invalidField', `${field} is given more than once; an object has each name once`, { field });
}

function refuseAbove(bytes: number): void {
  if (bytes <= REQUEST_BYTES_MAX) return;
  throw new Refusal('tooLarge', `the body has ${bytes} bytes or more; at most ${REQUEST_BYTES_MAX} are allowed`);
}

function decodeBytes(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new Refusal('invalidJson', 'the body is not UTF-8; JSON is written in UTF-8 only');
  return bytes.toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message : String(error);
    throw new Refusal('invalidJson', `the body is not JSON: ${withoutHalfPairs(reason)}`);
  }
}

/** A value within the body and its path. */
interface Location {
  readonly value: unknown;
  readonly step?: PropertyKey;
  readonly parent?: Location;
}

/**
 * Refuses half surrogate pairs, which UTF-8 cannot represent, and the name `__proto__`, which objects treat as their
 * prototype. Walks without recursion: depth costs memory, never the stack.
 */
function refuseHarmful(root: object): void {
  const open: Location[] = [{ value: root }];
  for (let location = open.pop(); location !== undefined; location = open.pop()) {
    const { value } = location;
    if (typeof value === 'string') refuseHalfPairs(value, location);
    if (typeof value !== 'object' || value === null) continue;
    const isList = Array.isArray(value);
    for (const [name, inner] of Object.entries(value)) {
      const at: Location = { value: inner, step: isList ? Number(name) : name, parent: location };
      refuseHalfPairs(name, at);
      if (name === '__proto__') throw refusalAt('invalidField', at, 'has a name that cannot be used');
      open.push(at);
    }
  }
}

function refuseHalfPairs(text: string, location: Location): void {
  if (HALF_PAIR.test(text))
    throw refusalAt('invalidJson', location, 'holds half of a surrogate pair, which is no character');
}

function refusalAt(code: 'invalidJson' | 'invalidField', location: Location, reason: string): Refusal {
  const path: PropertyKey[] = [];
  for (let at: Location | undefined = location; at?.step !== undefined; at = at.parent) path.push(at.step);
  const field = fieldPath(path.reverse());
  return new Refusal(code, `${field} ${reason}`, { field });
}
