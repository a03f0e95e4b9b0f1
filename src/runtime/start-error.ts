/** Why the server cannot start as requested, in one sentence that says what is wrong and what is allowed. */
export class StartError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StartError';
  }
}
