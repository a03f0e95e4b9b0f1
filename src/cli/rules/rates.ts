interface Counted {
  readonly counts: { readonly sent: number; readonly deleted: number };
  readonly countsAsOf: string;
}

/** Messages a second between two readings; absent where the counts are of the same moment. */
export interface Rates {
  readonly sentPerSecond?: number;
  readonly deletedPerSecond?: number;
}

export function ratesBetween(before: Counted | undefined, now: Counted): Rates {
  if (before === undefined) return {};
  const seconds = (Date.parse(now.countsAsOf) - Date.parse(before.countsAsOf)) / 1_000;
  if (seconds <= 0) return {};
  const rate = (state: keyof Counted['counts']) =>
    Math.round((10 * (now.counts[state] - before.counts[state])) / seconds) / 10;
  return { sentPerSecond: rate('sent'), deletedPerSecond: rate('deleted') };
}
