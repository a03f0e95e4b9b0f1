import type { Socket } from 'node:net';

interface Lane {
  isBusy: boolean;
  readonly waiting: (() => void)[];
}

/**
 * Serves one request of each connection at a time. A client that pipelines gets its answers in order anyway. Serving
 * its requests at once would give one connection the share of a thousand.
 */
export class ConnectionLanes {
  readonly #lanes = new WeakMap<Socket, Lane>();
  readonly #waitingMax: number;

  /** @param waitingMax - requests of a connection that may wait for the running one */
  constructor(waitingMax: number) {
    this.#waitingMax = waitingMax;
  }

  /** Calls `serve` in its turn; `false` when too many wait already. The turn ends with {@link leave}. */
  tryEnter(socket: Socket, serve: () => void): boolean {
    const lane = this.#lanes.get(socket) ?? this.#open(socket);
    if (lane.isBusy) return lane.waiting.length < this.#waitingMax && lane.waiting.push(serve) > 0;
    lane.isBusy = true;
    serve();
    return true;
  }

  /** Ends the turn of the running request. A closed connection gets no further turns. */
  leave(socket: Socket): void {
    const lane = this.#lanes.get(socket);
    if (lane === undefined) return;
    const next = socket.destroyed ? undefined : lane.waiting.shift();
    lane.isBusy = next !== undefined;
    next?.();
  }

  #open(socket: Socket): Lane {
    const lane: Lane = { isBusy: false, waiting: [] };
    this.#lanes.set(socket, lane);
    return lane;
  }
}
