/** Keeps secrets unreadable for whoever reads the store: a key of KMS, or a file beside the data. */
export interface SecretBox {
  seal(secret: string): Promise<string>;
  /** @throws QueueError `Unavailable`; Error when it was not sealed here or was changed */
  open(sealed: string): Promise<string>;
}
