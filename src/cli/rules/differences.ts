import { isDeepStrictEqual } from 'node:util';

export interface Difference {
  readonly attribute: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** The attributes that a change gives another value; `null` removes one. */
export const differences = (now: object, changes: object): Difference[] =>
  Object.entries(changes)
    .map(([attribute, to]) => ({
      attribute,
      from: (now as Record<string, unknown>)[attribute] ?? null,
      to: to as unknown,
    }))
    .filter(({ from, to }) => !isDeepStrictEqual(from, to));
