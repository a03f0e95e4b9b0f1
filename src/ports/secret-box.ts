/** Seals secrets, so that the store alone does not reveal them: with a KMS key, or a file beside the data. */
export interface SecretBox {
  seal(secret: string): Promise<string>;
  /** @throws QueueError `Unavailable`; Error when it was not sealed here or was changed */
  open(sealed: string): Promise<string>;
}
