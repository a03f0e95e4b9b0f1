/** While a person looks at the page. */
const FOCUSED_MS = 5_000;
/** While the page is hidden, so that it is not old when it comes back. */
const BACKGROUND_MS = 60_000;
/** Each queue of a list costs a few reads. 1,000 queues are read once a minute, which is a budget of 17 a second. */
const MS_PER_QUEUE = 60;

/** How often a view is read again, in milliseconds; `false`: never. */
export function refreshMs(view: {
  readonly isOn: boolean;
  readonly isHidden: boolean;
  readonly queueCount?: number;
}): number | false {
  if (!view.isOn) return false;
  const leastMs = view.isHidden ? BACKGROUND_MS : FOCUSED_MS;
  return Math.max(leastMs, (view.queueCount ?? 1) * MS_PER_QUEUE);
}

/** A day, in milliseconds: what a person compares with a bill. */
const DAY_MS = 86_400_000;
/** US dollars on AWS of a call: front door, function and its line in the log. docs/costs.md works it out. */
const CALL_DOLLARS = 1.65e-6;
/** US dollars of a look at one queue: three read units, for two pages of a shard and the totals. */
const LOOK_DOLLARS = 0.375e-6;

/** What a view in front, open for a whole day, costs on AWS, in US dollars. */
export function dollarsADay(queueCount: number): number {
  const everyMs = Math.max(FOCUSED_MS, queueCount * MS_PER_QUEUE);
  return (DAY_MS / everyMs) * (CALL_DOLLARS + queueCount * LOOK_DOLLARS);
}
