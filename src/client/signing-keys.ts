import type { CreateSigningKeyAnswer, ListSigningKeysAnswer } from './api.d.ts';
import type { Caller, CallOptions } from './caller.ts';

/** The keys that sign the requests to the endpoint of a queue. Every method throws `RewindMqError`. */
export class QueueSigningKeys {
  readonly #caller: Caller;
  readonly #path: string;

  constructor(caller: Caller, queuePath: string) {
    this.#caller = caller;
    this.#path = `${queuePath}/signing-keys`;
  }

  /** Creates a key, which signs beside those that are there; no other answer has its secret. */
  create(options?: CallOptions): Promise<CreateSigningKeyAnswer> {
    return this.#caller.call({ method: 'POST', path: this.#path, body: {}, isOnce: true, ...options });
  }

  /** All keys without their secrets, the oldest first. */
  list(options?: CallOptions): Promise<ListSigningKeysAnswer> {
    return this.#caller.call({ method: 'GET', path: this.#path, ...options });
  }

  /** Removes a key: it signs nothing any more. */
  async delete(id: string, options?: CallOptions): Promise<void> {
    await this.#caller.call({ method: 'DELETE', path: `${this.#path}/${encodeURIComponent(id)}`, ...options });
  }
}
