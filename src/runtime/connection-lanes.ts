import type { Socket } from 'node:net';

interface Lane {
  isBusy: boolean;
  readonly waiting: (() => void)[];
}

/**
 * Lets each connection have one request at work. A client that pipelines gets its answers in order anyway; serving its
 * requests at once would let one connection take as much as a thousand.
 */
export class ConnectionLanes {
  readonly #lanes = new WeakMap<Socket, Lane>();
  readonly #waitingMax: number;

  /** @param waitingMax - requests of a connection that may wait for the one at work */
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

  /** Ends the turn of the request at work; none of a connection that is gone is served any more. */
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
