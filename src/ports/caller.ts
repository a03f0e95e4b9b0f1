/** The caller of a request, as far as the server can tell. */
export interface Caller {
  /** The caller no longer reads the answer. */
  readonly isGone: boolean;
  /** Aborts when waiting is pointless: the caller left, or the server is about to end. */
  readonly waitEnd: AbortSignal;
  /** The id of the key that signed the call, or the address of the client. */
  readonly name?: string;
  /** The call was signed with this key. */
  signedBy?(keyId: string): void;
}
