/** Whether the stores below have room for more messages. */
export interface Room {
  /** Why nothing more can be taken in, in a sentence; `undefined` while there is room. */
  readonly shortage: string | undefined;
}
