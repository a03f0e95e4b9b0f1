import type { CallOptions } from './local-calls.ts';
import type { GivenKey } from './local-keys.ts';
import type { TargetOptions } from './local-targets.ts';
import type { Log } from './log.ts';
import type { TimeSources } from './machine-clock.ts';

/** How a server on this machine is opened. */
export interface LocalOptions extends CallOptions, TargetOptions {
  /**
   * Where everything is kept; created when missing. One process at a time may use it. Absent: everything is in memory,
   * and `POST /reset` empties it.
   */
  readonly directory?: string | undefined;
  /** @default 127.0.0.1: callers on this machine only */
  readonly host?: string;
  /** 0 lets the system choose one. */
  readonly port: number;
  /** Cells over which shards spread. One suits one machine; more show how a deployment behaves. @default 1 */
  readonly cellCount?: number;
  /** Shards of a new queue. @default 1 */
  readonly shardsPerQueue?: number;
  /** A key with all rights, which no list shows. @default none */
  readonly key?: GivenKey;
  /** Disk space in reserve, so that receives and deletes continue on a full disk; bytes. @default 64 MiB */
  readonly reserveBytes?: number;
  /**
   * Called with a sentence when the store failed: it refuses every call, and the process should end. @default ignored
   */
  readonly onStoreFailure?: (sentence: string) => void;
  /** @default standard error */
  readonly log?: Log;
  /** @default the clocks of this machine */
  readonly time?: TimeSources;
}
