import type { GetQueueAnswer } from '../../client/index.ts';

export type Counts = GetQueueAnswer['counts'];

/** Where the messages that entered a queue are: entered = the sum of all places, unless a row is missing. */
export interface Balance {
  readonly entered: number;
  readonly places: readonly (readonly [name: string, count: number])[];
  /** Entered less found: not 0 where something is wrong. */
  readonly difference: number;
}

const PLACES = [
  ['ready', 'ready'],
  ['delayed', 'delayed'],
  ['in flight', 'inFlight'],
  ['deleted', 'deleted'],
  ['dead-lettered', 'deadLettered'],
  ['purged', 'purged'],
  ['damaged', 'damaged'],
] as const satisfies readonly (readonly [string, keyof Counts])[];

export function balanceOf(counts: Counts): Balance {
  const places = PLACES.map(([name, field]) => [name, counts[field]] as const);
  const entered = counts.sent + counts.rewound;
  return {
    entered,
    // The common ones always; damaged and purged only where there are any.
    places: places.filter(([name, count]) => count > 0 || (name !== 'damaged' && name !== 'purged')),
    difference: entered - places.reduce((sum, [, count]) => sum + count, 0),
  };
}
