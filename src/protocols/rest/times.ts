import type { EpochMs } from '../../model/brand.ts';

/** Texts in the cache; beyond this it starts anew. */
const TEXTS_MAX = 1_000;
const texts = new Map<EpochMs, string>();

/** ISO 8601 in UTC with milliseconds. Messages sent together share one moment, so texts are cached. */
export function isoTime(atMs: EpochMs): string {
  const known = texts.get(atMs);
  if (known !== undefined) return known;
  if (texts.size >= TEXTS_MAX) texts.clear();
  const text = new Date(atMs).toISOString();
  texts.set(atMs, text);
  return text;
}

/** A moment of a request, already checked; earlier moments become 1970. */
export const parseInstant = (text: string): EpochMs => Math.max(0, Date.parse(text)) as EpochMs;
