/**
 * Detailed mode: the engine's own send, receive and delete, request by request.
 * Believe it for single calls; it is too slow for the headline.
 */

export { runDetailed } from './detailed.ts';
