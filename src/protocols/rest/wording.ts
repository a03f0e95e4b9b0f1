/** How refusals name fields and quote values. */

/** Half of a surrogate pair: no character, and invalid in UTF-8. */
export const HALF_PAIR = /\p{Surrogate}/u;
const HALF_PAIRS = /\p{Surrogate}/gu;

export const withoutHalfPairs = (text: string): string => text.replace(HALF_PAIRS, '\ufffd');

/** Path segments shown; no field of ours lies deeper. */
const PATH_LENGTH_MAX = 12;
/** Characters of a wrong value that a refusal quotes: enough to recognize it. */
const GIVEN_LENGTH_MAX = 60;
const PLAIN_NAME = /^[A-Za-z_$][\w$]{0,59}$/;

/** `messages[3].attributes["a b"].type`, as in JavaScript; a first name is never quoted. */
export function fieldPath(path: readonly PropertyKey[]): string {
  let field = '';
  for (const step of path.slice(0, PATH_LENGTH_MAX)) {
    if (typeof step === 'number') field += `[${step}]`;
    else if (field === '') field = cut(String(step));
    else field += PLAIN_NAME.test(String(step)) ? `.${String(step)}` : `[${JSON.stringify(cut(String(step)))}]`;
  }
  return field;
}

/** A value as a refusal quotes it: at most a few words, however large or deep it is. */
export function inWords(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cut(value));
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

const cut = (given: string): string =>
  withoutHalfPairs(given.length <= GIVEN_LENGTH_MAX ? given : `${given.slice(0, GIVEN_LENGTH_MAX)}…`);
