/** The caller of a request, as far as the server can tell. */
export interface Caller {
  /** The caller no longer reads the answer. */
  readonly isGone: boolean;
  /** Aborts when waiting is pointless: the caller left, or the server is about to end. */
  readonly waitEnd: AbortSignal;
}
