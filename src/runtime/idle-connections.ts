import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { MiddlewareObj } from '@middy/core';
import type { Clock } from '../ports/clock.ts';

/** A function idle for longer may have been frozen, and its connections closed meanwhile. */
const IDLE_MS_MAX = 10_000;
/** The SDK's own agents keep the same number. */
const KEEPING = { keepAlive: true, maxSockets: 50 };

/**
 * Client connections of a function that do not outlast a freeze. A frozen process does not notice that the other side
 * has closed one. The first command over it would fail after it was sent. The outcome of a conditional write would then
 * be unclear, and messages would come twice because of a connection.
 */
export class IdleConnections {
  readonly agents = { httpAgent: new HttpAgent(KEEPING), httpsAgent: new HttpsAgent(KEEPING) };
  readonly #clock: Clock;
  #usedAtMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#usedAtMs = clock.nowMs();
  }

  /** Ends idle connections at the first call after a pause. */
  get layer(): MiddlewareObj {
    const noteUse = () => {
      this.#usedAtMs = this.#clock.nowMs();
    };
    return {
      before: () => {
        if (this.#clock.nowMs() - this.#usedAtMs > IDLE_MS_MAX) this.#endIdle();
      },
      after: noteUse,
      onError: noteUse,
    };
  }

  #endIdle(): void {
    for (const { freeSockets } of Object.values(this.agents)) {
      for (const sockets of Object.values(freeSockets)) for (const socket of sockets ?? []) socket.destroy();
    }
  }
}
