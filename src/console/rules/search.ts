/** How a search in one queue ended; `cut`: too much lies there to look at all of it. */
export type FoundIn = 'found' | 'none' | 'cut';

/** How far a search over queues has come. */
export interface Progress {
  readonly searched: number;
  /** The queue that has the message. */
  readonly found?: string;
  /** Queues of which a part was not looked at. */
  readonly cut: readonly string[];
}

/** Looks into one queue after the other, until the message is found. */
export async function* searchQueues(
  names: readonly string[],
  findIn: (queue: string) => Promise<FoundIn>,
): AsyncGenerator<Progress> {
  const cut: string[] = [];
  yield { searched: 0, cut };
  for (const [index, name] of names.entries()) {
    const outcome = await findIn(name);
    if (outcome === 'cut') cut.push(name);
    yield { searched: index + 1, cut: [...cut], ...(outcome === 'found' ? { found: name } : {}) };
    if (outcome === 'found') return;
  }
}

/** What the search says once it does not go on. */
export function endText({ searched, cut }: Progress, total: number): string {
  const where = searched === total ? `all ${total} queues` : `${searched} of ${total} queues`;
  const parts = cut.length === 0 ? '' : ` Too much lies in ${cut.join(', ')} to look at all of it.`;
  const stopped = searched === total ? '' : ' The search was stopped before its end.';
  return `Not found in ${where}.${stopped}${parts} A message may have been purged, or deleted too long ago.`;
}
