import type { SeenMessage } from '../../client/api.d.ts';

/** Something that happened to a message. */
export interface LifeEvent {
  readonly at: string;
  readonly what: string;
  /** Since the event before. */
  readonly afterMs?: number;
}

/** What is known of the life of a message, in order. */
export function lifeOf(message: SeenMessage): LifeEvent[] {
  const { sentAt, firstReceivedAt, deadLetteredFrom, deletedAt, visibleAt, receiveCount, state, heldBy } = message;
  const times = receiveCount === 1 ? 'once' : `${receiveCount} times`;
  const events: (readonly [at: string | undefined, what: string])[] = [
    [sentAt, 'sent'],
    [firstReceivedAt, `received first; ${times} so far`],
    [deadLetteredFrom?.at, `became a dead letter of ${deadLetteredFrom?.queue ?? ''}`],
    [
      state === 'inFlight' ? visibleAt : undefined,
      `its lease ends${heldBy === undefined ? '' : `; held by ${heldBy}`}`,
    ],
    [state === 'delayed' ? visibleAt : undefined, 'it becomes ready'],
    [state === 'ready' && visibleAt !== sentAt ? visibleAt : undefined, 'ready'],
    [deletedAt, 'deleted by a consumer; kept for rewinds'],
  ];
  const known = events.flatMap(([at, what]) => (at === undefined ? [] : [{ at, what }]));
  known.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  return known.map((event, index) => {
    const before = known[index - 1];
    return before === undefined ? event : { ...event, afterMs: Date.parse(event.at) - Date.parse(before.at) };
  });
}
