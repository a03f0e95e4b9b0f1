import type { SeenMessage } from '../../client/index.ts';

export type State = SeenMessage['state'];

/** The states that can be browsed, in the order of their tabs. */
export const STATES: readonly State[] = ['ready', 'delayed', 'inFlight', 'deleted', 'damaged'];

export const STATE_WORDS: Readonly<Record<State, string>> = {
  ready: 'Ready',
  delayed: 'Delayed',
  inFlight: 'In flight',
  deleted: 'Deleted',
  damaged: 'Damaged',
};

/** The time by which a list of the state is ordered. */
export const TIME_WORDS: Readonly<Record<State, string>> = {
  ready: 'Ready since',
  delayed: 'Due',
  inFlight: 'Lease ends',
  deleted: 'Deleted',
  damaged: 'Entered',
};

export const timeOf = ({ state, visibleAt, deletedAt }: SeenMessage): string =>
  state === 'deleted' ? (deletedAt ?? visibleAt) : visibleAt;

/** The holders of messages with their numbers, the largest first. */
export function holdersOf(messages: readonly SeenMessage[]): (readonly [holder: string, count: number])[] {
  const counts = new Map<string, number>();
  for (const { heldBy = 'not known' } of messages) counts.set(heldBy, (counts.get(heldBy) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one);
}

export const isState = (text: string): text is State => (STATES as readonly string[]).includes(text);

export const isMessageId = (text: string): boolean =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
