import { PUSHED_BYTES_MAX } from '../../model/limits.ts';

/** Bounds the bytes of all messages that this process holds for calls of targets: none is leased without room. */
export class PushRoom {
  #bytesLeft = PUSHED_BYTES_MAX;

  /** Takes room before a claim; what the claim does not need is given back. */
  tryTake(bytes: number): boolean {
    if (this.#bytesLeft < bytes) return false;
    this.#bytesLeft -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#bytesLeft += bytes;
  }
}
