import type { Socket } from 'node:net';
import type { HttpResult } from '../ports/http-event.ts';
import type { HeldBytes } from './held-bytes.ts';
import { OpenCaller } from './open-caller.ts';
import { writePlainAnswer } from './plain-answer.ts';
import { type PlainRequest, plainRequestIn } from './plain-request.ts';

/** What a connection needs of its server. */
export interface PlainHost {
  readonly held: HeldBytes;
  /** Whether each answer is the last of its connection. */
  readonly isEnding: () => boolean;
  /** Milliseconds without a byte in either direction: before the first request, and from then on. */
  readonly idleMs: { readonly first: number; readonly later: number };
  /** @returns nothing when the caller left. @throws whatever the function throws */
  answer(request: PlainRequest, caller: OpenCaller): Promise<HttpResult | undefined>;
  /** Called when the answer has left, or its caller. */
  answered(call: PlainCall): void;
  failed(error: unknown): void;
  /** Takes the connection over, with all bytes that it has not read. */
  takeOver(socket: Socket): void;
  closed(connection: PlainConnection): void;
}

/** A call that is over. */
export interface PlainCall {
  readonly request: PlainRequest;
  readonly remote: string;
  readonly startMs: number;
  /** Absent when the caller left before the answer. */
  readonly result: HttpResult | undefined;
  readonly bytes: number;
}

/**
 * A connection whose requests arrive whole and in their plainest form, one after the other, as nearly all do. At the
 * first other bytes, `node:http` takes the connection over for the rest of its life.
 *
 * @see docs/decisions/0086-plain-requests-without-node-http.md
 */
export class PlainConnection {
  readonly #socket: Socket;
  readonly #host: PlainHost;
  readonly #remote: string;
  readonly #name: string;
  #caller: OpenCaller | undefined;
  /** Bytes that came while a request was at work. */
  #early: Buffer | undefined;
  #isUsed = false;

  constructor(socket: Socket, host: PlainHost) {
    this.#socket = socket;
    this.#host = host;
    const { remoteAddress = '', remotePort = 0 } = socket;
    this.#remote = remoteAddress;
    this.#name = `${remoteAddress}:${remotePort}`;
    socket.on('data', this.#onData).on('end', this.#onEnd).on('error', ignore);
    socket.on('close', this.#onClose).on('timeout', this.#onTimeout);
    socket.setTimeout(host.idleMs.first);
  }

  /** Closes it once its answer has left, if it has one. */
  endWhenIdle(): void {
    if (this.#caller === undefined) this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #onData = (bytes: Buffer): void => {
    const socket = this.#socket;
    // The last answer is on its way: this request would get none.
    if (!socket.writable) return;
    if (this.#caller !== undefined) {
      this.#early = bytes;
      socket.pause();
      return;
    }
    // A client that asks again before it has read its answer pipelines; answers that nobody reads must not pile up.
    const request = socket.writableLength > 0 ? undefined : plainRequestIn(bytes);
    if (request === undefined) this.#giveAway(bytes);
    else void this.#serve(request);
  };

  /** As `node:http` does: a client that closes its half is gone. */
  readonly #onEnd = (): void => {
    this.#caller?.leave();
    this.#socket.end();
  };

  readonly #onTimeout = (): void => void this.#socket.destroy();

  readonly #onClose = (): void => {
    this.#caller?.leave();
    this.#host.closed(this);
  };

  async #serve(request: PlainRequest): Promise<void> {
    const host = this.#host;
    const startMs = performance.now();
    const caller = new OpenCaller(this.#name);
    this.#caller = caller;
    if (!this.#isUsed) this.#socket.setTimeout(host.idleMs.later);
    this.#isUsed = true;
    const exchange = { giveWay: undefined };
    host.held.add(exchange, request.body.length);
    try {
      const result = await host.answer(request, caller);
      const bytes = result === undefined ? 0 : this.#write(result);
      host.answered({ request, remote: this.#remote, startMs, result, bytes });
    } catch (error) {
      host.failed(error);
      this.#socket.destroy();
    } finally {
      host.held.release(exchange);
      this.#caller = undefined;
    }
    if (this.#early !== undefined && this.#socket.writable) this.#giveAway(this.#early);
  }

  /** @returns bytes of the body */
  #write(result: HttpResult): number {
    const { idleMs, held } = this.#host;
    const isLast = this.#host.isEnding();
    const socket = this.#socket;
    const { bytes, isTaken } = writePlainAnswer(socket, result, { isLast, keepAliveSeconds: idleMs.later / 1_000 });
    if (isLast) socket.destroySoon();
    // The client reads slowly: its answer occupies memory until it is read, or others need the room.
    if (!isTaken) holdUntilDrained(socket, held, bytes);
    return bytes;
  }

  #giveAway(bytes: Buffer): void {
    const socket = this.#socket;
    socket.off('data', this.#onData).off('end', this.#onEnd).off('error', ignore);
    socket.off('close', this.#onClose).off('timeout', this.#onTimeout).setTimeout(0);
    this.#host.closed(this);
    socket.pause();
    socket.unshift(bytes);
    this.#host.takeOver(socket);
    socket.resume();
  }
}

function holdUntilDrained(socket: Socket, held: HeldBytes, bytes: number): void {
  const exchange = { giveWay: () => void socket.destroy() };
  const release = () => {
    socket.off('drain', release).off('close', release);
    held.release(exchange);
  };
  socket.on('drain', release).on('close', release);
  held.add(exchange, bytes);
}

/** The end of the connection follows. */
function ignore(): void {}
