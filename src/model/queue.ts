import type { EpochMs } from './brand.ts';
import type { PurgeId, QueueId, RewindId } from './ids.ts';
import type { Subscription } from './push/index.ts';
import type { Route } from './route.ts';

/** What a user may set; durations in milliseconds. */
export interface QueueSettings {
  /** Lease of a receive that names none; 0 to 43 200 000. */
  readonly visibilityMs: number;
  /** Delay of a message that names none; no ceiling. */
  readonly delayMs: number;
  /** Wait of a receive that names none; 0 to 20 000. */
  readonly waitMs: number;
  /** Messages older than this are not delivered any more and count as deleted. Absent: no limit. */
  readonly retentionMs?: number;
  /** How long deleted messages can be rewound: 0 is off. */
  readonly rewindMs: number | 'forever';
  /** After `maxReceives` receives without a delete, the next claim moves a message to `queue`. */
  readonly deadLetter?: { readonly queue: string; readonly maxReceives: number };
  /** Names of the queues whose dead letters this one takes: of none when empty, of any when absent. */
  readonly deadLetterSources?: readonly string[];
  /** Bounds for the controller. */
  readonly shards?: { readonly min: number; readonly max: number };
  readonly tags: Readonly<Record<string, string>>;
  /** Attributes that only SQS clients know, by SQS's names and as they were given: kept for them, never read here. */
  readonly sqs?: Readonly<Record<string, string>>;
}

export const DEFAULT_SETTINGS: QueueSettings = {
  visibilityMs: 30_000,
  delayMs: 0,
  waitMs: 0,
  rewindMs: 604_800_000,
  tags: {},
};

/** Messages that came to a queue of these settings at that moment or before are too old; `undefined`: none is. */
export const expiredTo = ({ retentionMs }: QueueSettings, nowMs: EpochMs): EpochMs | undefined =>
  retentionMs === undefined ? undefined : (Math.max(0, nowMs - retentionMs) as EpochMs);

/** Whether the queue of these settings takes dead letters of the one named `source`. */
export const takesDeadLettersOf = ({ deadLetterSources }: QueueSettings, source: string): boolean =>
  deadLetterSources === undefined || deadLetterSources.includes(source);

/** A value that `rewindMs` had: what was deleted until then is kept for that long. */
export interface FormerWindow {
  readonly rewindMs: Queue['settings']['rewindMs'];
  readonly untilMs: EpochMs;
}

/** A queue as the catalog keeps it, one record for settings and route. */
export interface Queue {
  readonly name: string;
  readonly id: QueueId;
  readonly createdAtMs: EpochMs;
  readonly settings: QueueSettings;
  /** When settings were last changed; absent: never. */
  readonly changedAtMs?: EpochMs;
  /** What `rewindMs` was before, oldest first. */
  readonly formerWindows?: readonly FormerWindow[];
  readonly route: Route;
  /** Absent: its messages are received, and pushed nowhere. */
  readonly subscription?: Subscription;
  /** The last purge that was not undone; its record names the one before it. */
  readonly lastPurge?: PurgeId;
  /** Purges up to this moment can be undone no more, and are or were discarded. */
  readonly purgedForGoodMs?: EpochMs;
  /** Number of the next shard. */
  readonly nextShardNumber: number;
  /** All numbers have been used once. From here on each is checked before it is used again. */
  readonly isNumberedAgain?: boolean;
  /** The last rewind of the queue: one at a time. */
  readonly rewindId?: RewindId;
  /** The last object that took the place of small ones; while it is pending, the catalog may list both. */
  readonly compaction?: { readonly object: string; readonly isPending: boolean };
  /** Deleted: the name stays taken until no function can hold a route to it. */
  readonly deletedAtMs?: EpochMs;
}

/** A deleted queue, until what it held is discarded; all of it, so that the deletion can be undone for an hour. */
export interface DeletedQueue extends Queue {
  readonly deletedAtMs: EpochMs;
  /** It is being restored under this name. A process that meets the record finishes the restore. */
  readonly restoredAs?: string;
  /** Restore and discard exclude each other: from here on the deletion is final. */
  readonly isDiscarding?: boolean;
}

export const QUEUE_NAME_PATTERN = /^[A-Za-z0-9_-]{1,80}$/;
