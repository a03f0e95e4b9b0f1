/** Who holds messages. */
export interface Holders {
  /** Who received the message last; `undefined`: nobody knows. */
  of(messageId: string): string | undefined;
}
