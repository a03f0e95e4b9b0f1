import type { Caller } from '../ports/caller.ts';

/** The caller of one request of the local server. */
export class OpenCaller implements Caller {
  #controller: AbortController | undefined;
  #isWaitOver = false;
  #isGone = false;
  #name: string;

  /** @param address - of the client */
  constructor(address: string) {
    this.#name = address;
  }

  get name(): string {
    return this.#name;
  }

  signedBy(keyId: string): void {
    this.#name = keyId;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Created on first use: most calls never wait. */
  get waitEnd(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isWaitOver) this.#controller.abort();
    return this.#controller.signal;
  }

  /** Call it when the connection is gone. */
  leave(): void {
    this.#isGone = true;
    this.endWait();
  }

  endWait(): void {
    this.#isWaitOver = true;
    this.#controller?.abort();
  }
}
