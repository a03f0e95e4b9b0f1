/** Whether the stores below have room for more messages. */
export interface Room {
  /** Why the stores refuse more messages, in a sentence; `undefined` while there is room. */
  readonly shortage: string | undefined;
}
