import type { Rewind } from './api.d.ts';
import type { Caller, CallOptions } from './caller.ts';

/** Between two looks at a job, in milliseconds: a person who follows it needs no more. */
const PROGRESS_MS = 1_000;

/** A started rewind or redrive. */
export class RewindJob {
  readonly id: string;
  readonly #caller: Caller;
  readonly #path: string;

  constructor(caller: Caller, queuePath: string, id: string) {
    this.id = id;
    this.#caller = caller;
    this.#path = `${queuePath}/rewinds/${encodeURIComponent(id)}`;
  }

  show({ signal }: CallOptions = {}): Promise<Rewind> {
    return this.#caller.call({ method: 'GET', path: this.#path, signal });
  }

  /** Takes back the messages that were not received; possible until a day after the end of a rewind. */
  cancel({ signal }: CallOptions = {}): Promise<Rewind> {
    return this.#caller.call({ method: 'DELETE', path: this.#path, signal });
  }

  /** Its progress, once every `everyMs`; the last value is the first in which it no longer runs. */
  async *progress({ everyMs = PROGRESS_MS, signal }: CallOptions & { readonly everyMs?: number } = {}) {
    for (;;) {
      const now = await this.show({ signal });
      yield now;
      if (now.state !== 'running') return;
      await this.#caller.host.sleep(everyMs, signal);
    }
  }
}
