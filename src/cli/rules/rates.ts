interface Counted {
  readonly counts?: Counts | undefined;
  readonly countsAsOf?: string | undefined;
}

interface Counts {
  readonly sent: number;
  readonly deleted: number;
}

/** Messages a second between two readings; absent where the counts are of the same moment. */
export interface Rates {
  readonly sentPerSecond?: number;
  readonly deletedPerSecond?: number;
}

export function ratesBetween(before: Counted | undefined, now: Counted): Rates {
  const [first, last] = [before?.counts, now.counts];
  if (first === undefined || last === undefined) return {};
  const seconds = (Date.parse(now.countsAsOf ?? '') - Date.parse(before?.countsAsOf ?? '')) / 1_000;
  if (!(seconds > 0)) return {};
  const rate = (state: keyof Counts) => Math.round((10 * (last[state] - first[state])) / seconds) / 10;
  return { sentPerSecond: rate('sent'), deletedPerSecond: rate('deleted') };
}
