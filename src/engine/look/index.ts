/**
 * Looks that change nothing: peek, find by id, counts, the oldest ready message.
 * A look writes nothing, except for the barriers of an exact count.
 */

export { queueCounts, recentCounts } from './counts.ts';
export { type FindCommand, type FindOutcome, findMessage, type Searched } from './find-message.ts';
export { oldestReadyMs } from './oldest-ready.ts';
export { type MessageState, type PeekCommand, peek, type SeenMessage } from './peek.ts';
