import { Refusal } from './errors.ts';
import { inWords } from './wording.ts';

const NO_QUERY: Readonly<Record<string, string>> = Object.freeze({});

/** The texts of a query by name. @throws Refusal `invalidField` for a name given twice */
export function readQuery(rawQuery: string): Readonly<Record<string, string>> {
  if (rawQuery === '') return NO_QUERY;
  // No prototype, so that `__proto__` is an ordinary name.
  const query: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, text] of new URLSearchParams(rawQuery)) {
    if (name in query) {
      throw new Refusal('invalidField', `${inWords(name)} is given more than once in the query`, { field: name });
    }
    query[name] = text;
  }
  return query;
}
