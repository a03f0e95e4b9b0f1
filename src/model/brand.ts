declare const brand: unique symbol;

/** A string or number that may only stand where its own kind is asked for. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/** An instant: whole milliseconds since 1970 UTC, 0 to 2^48 - 1. */
export type EpochMs = Brand<number, 'EpochMs'>;

/** An instant as people read it, in UTC. */
export const isoText = (atMs: number): string => new Date(atMs).toISOString();
