import type { CallOptions } from './local-calls.ts';
import type { GivenKey } from './local-keys.ts';
import type { Log } from './log.ts';
import type { TimeSources } from './machine-clock.ts';

/** How a server on this machine is opened. */
export interface LocalOptions extends CallOptions {
  /**
   * Where everything is kept; made when missing. One process at a time may use it. Absent: everything is in memory, and
   * `POST /reset` empties it.
   */
  readonly directory?: string | undefined;
  /** @default 127.0.0.1: callers on this machine only */
  readonly host?: string;
  /** 0 lets the system choose one. */
  readonly port: number;
  /** Cells that shards are spread over; one is right on one machine, more show what a deployment does. @default 1 */
  readonly cellCount?: number;
  /** Shards of a new queue. @default 1 */
  readonly shardsPerQueue?: number;
  /** A key that may do everything, in no list. @default none */
  readonly key?: GivenKey;
  /** Kept back on the disk, so that receives and deletes go on when it is full; bytes. @default 64 MiB */
  readonly reserveBytes?: number;
  /** The store failed, told in a sentence: nothing is served any more, and the process should end. @default ignored */
  readonly onStoreFailure?: (sentence: string) => void;
  /** @default standard error */
  readonly log?: Log;
  /** @default the clocks of this machine */
  readonly time?: TimeSources;
}
