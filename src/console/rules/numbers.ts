const GROUPS = /\B(?=(\d{3})+$)/g;
/** Bytes of a kibibyte. */
const KIB = 1024;

/** A whole number with its thousands apart: `12 431`. */
export const countText = (count: number): string => String(count).replace(GROUPS, '\u202f');

export const messagesText = (count: number): string => `${countText(count)} ${count === 1 ? 'message' : 'messages'}`;

/** Bytes in powers of 1,024: `1.5 KiB`. */
export function bytesText(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`;
  return bytes < KIB * KIB ? `${(bytes / KIB).toFixed(1)} KiB` : `${(bytes / KIB / KIB).toFixed(1)} MiB`;
}

/** For charts: `1.2 M`. */
export function shortCount(count: number): string {
  if (Math.abs(count) >= 1e6) return `${trimmed(count / 1e6)} M`;
  return Math.abs(count) >= 1e4 ? `${trimmed(count / 1e3)} k` : trimmed(count);
}

/** `$12.30`; whole dollars from a thousand on. */
export const dollarsText = (dollars: number): string =>
  `$${dollars < 1_000 ? dollars.toFixed(2) : countText(Math.round(dollars))}`;

const trimmed = (number: number): string => String(Number(number.toFixed(number < 10 ? 2 : 1)));

/** The share of a limit that is used, from 0 to 1; `undefined` without a limit. */
export const heatOf = (used: number, max: number | undefined): number | undefined =>
  max === undefined || max === 0 ? undefined : Math.min(1, used / max);
