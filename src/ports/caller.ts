/** The one who waits for an answer, as far as the server can tell. */
export interface Caller {
  /** Nobody reads the answer any more. */
  readonly isGone: boolean;
  /** Aborts when waiting has lost its sense: the caller left, or the server is about to end. */
  readonly waitEnd: AbortSignal;
}
