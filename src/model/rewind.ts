import type { DeletedAgain, TimeRanges } from './archive-object.ts';
import type { EpochMs } from './brand.ts';
import type { SliceName } from './delivery.ts';
import type { DeliveryKey, MessageId, QueueId, RewindId, ShardKey } from './ids.ts';
import type { MessageAttributes } from './message.ts';
import type { RetentionClass } from './retention.ts';
import { countOf, indexesIn, type Runs, withIndexes } from './runs.ts';
import { reversedText } from './sortable-text.ts';

/** An archive object that holds something of a queue, as the catalog lists it by queue and hour of deletion. */
export interface ArchivedObject extends TimeRanges {
  readonly object: string;
  readonly retention: RetentionClass;
  /** When the catalog began to list it: of two objects with the same message, the one listed first counts. */
  readonly listedAtMs: EpochMs;
  /** Bytes of the queue's slices. */
  readonly byteCount: number;
  /** Deleted messages of the queue whose payloads it holds. */
  readonly messageCount: number;
  /** Messages that a rewind had made available and that were deleted again. */
  readonly deletedAgainCount: number;
  /** Those of them that were deleted from this queue, and rewound into it from another one. */
  readonly broughtInCount: number;
  /** First and last change that it covers, without zeros before them; its index says the same. */
  readonly covers: readonly [first: string, last: string];
  /** A rewind has named it: holds and deliveries may refer to its slices, so it stays as it is. */
  readonly isRewound?: true;
}

/**
 * Which messages of a slice a rewind made available, and which of them are gone again. A message that is neither done
 * nor purged waits in a queue, and no other rewind into that queue brings it a second time.
 */
export interface Hold {
  readonly slice: SliceName;
  /** The queue of the rewind, and the rewind. */
  readonly queueId: QueueId;
  readonly rewindId: RewindId;
  readonly targetId: QueueId;
  /** Where its delivery is put, decided once, so that a repeat puts the same one. Absent where there is none. */
  readonly place?: { readonly shard: ShardKey; readonly key: DeliveryKey };
  /** When the last rewinder began its lease on the hold: for `REWIND_LEASE_MS` no other one puts the delivery. */
  readonly leasedAtMs?: EpochMs;
  readonly messages: Runs;
  /** Deleted again. */
  readonly done: Runs;
  /** When the last of `done` was deleted. */
  readonly doneToMs?: EpochMs;
  /** Purged while they waited: never rewound again. */
  readonly purged: Runs;
  /** Messages of the slice that could not be read, so that the rewind's filter could not be asked. */
  readonly unreadableCount?: number;
  /** Its delivery was put, or there is none; a repeat does nothing. */
  readonly isPlaced: boolean;
  /** Since when nothing of it waits any more. */
  readonly finishedAtMs?: EpochMs;
}

/** Which deleted messages a rewind is about; ends are not included. */
export interface RewindRange {
  readonly by: 'sentAt' | 'deletedAt';
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  readonly filter?: RewindFilter;
}

/** Attributes a message must have, by name, with these values. */
export interface RewindFilter {
  readonly attributes: Readonly<Record<string, string>>;
}

/** A job that moves waiting dead letters, at most `max` of them. */
export interface Redrive {
  readonly max?: number;
  /** Only these messages. */
  readonly ids?: readonly MessageId[];
  /** Messages go back to the queues they were dead letters of; the target is for those that were sent here. */
  readonly isHomeward?: true;
  /** Messages that were ready when it started. */
  readonly readyCount: number;
  /** Those of them that it has looked at so far. */
  readonly lookedAt: number;
}

export type JobState = 'running' | 'done' | 'failed' | 'cancelled';

/** A rewind as the catalog keeps it. */
export interface RewindJob extends RewindRange {
  readonly id: RewindId;
  readonly queueId: QueueId;
  readonly redrive?: Redrive;
  /** Messages a second, on average since the start. */
  readonly perSecond?: number;
  /** The queue the messages come into; of a redrive to several queues, the dead-letter queue itself. */
  readonly targetId: QueueId;
  readonly targetName: string;
  readonly state: JobState;
  /** The cut: what is deleted from then on stays deleted. */
  readonly startedAtMs: EpochMs;
  /** Absent while its runner is at work, one that was cancelled included. */
  readonly finishedAtMs?: EpochMs;
  readonly objectsTotal: number;
  readonly objectsDone: number;
  readonly messagesMatched: number;
  readonly messagesRewound: number;
  /** Messages it may have been asked for and cannot bring, at most: what holds them is damaged or missing. */
  readonly damaged?: number;
  /** Why it failed. */
  readonly error?: string;
  /** The range began before this moment: what was deleted before it is kept no more, or only in part. */
  readonly cutToMs?: EpochMs;
  readonly cutReason?: string;
}

/** The state and figures of a job before its runner is at work. */
export const JUST_STARTED = {
  state: 'running',
  objectsTotal: 0,
  objectsDone: 0,
  messagesMatched: 0,
  messagesRewound: 0,
} as const;

/**
 * The hold of a rewind that brings nothing of a slice. The late write of a runner that has died since fails on it.
 * Nobody would put the delivery of that late hold, and every later rewind would take its messages for waiting.
 */
export const holdOfNothing = (
  { queueId, id, targetId }: Pick<RewindJob, 'queueId' | 'id' | 'targetId'>,
  slice: SliceName,
  nowMs: EpochMs,
): Hold => ({
  slice,
  queueId,
  rewindId: id,
  targetId,
  messages: [],
  done: [],
  purged: [],
  isPlaced: true,
  finishedAtMs: nowMs,
});

export const matchesFilter = (attributes: MessageAttributes, filter: RewindFilter | undefined): boolean =>
  filter === undefined || Object.entries(filter.attributes).every(([name, value]) => attributes[name]?.value === value);

/** Whether a message of a hold waits in a queue, so that the object it lies in has to stay. */
export const isWaiting = ({ messages, done, purged }: Pick<Hold, 'messages' | 'done' | 'purged'>): boolean =>
  countOf(withIndexes(done, indexesIn(purged))) < countOf(messages);

/** Name of a slice in names of records; object names hold `/`, which groups records. */
export const sliceText = (slice: Pick<SliceName, 'queueId' | 'object' | 'number'>): string =>
  `${slicesOf(slice.queueId, slice.object)}${slice.number}`;

/** How the names of all slices of a queue in an object begin. */
export const slicesOf = (queueId: QueueId, object: string): string => `${queueId}.${object.replaceAll('/', '.')}.`;

/** Name of the record of a rewind: of one queue, the newest is the first in the order of names. */
export const rewindName = (queueId: QueueId, id: string): string => `${queueId}/${reversedText(id)}`;

export const holdName = (slice: Pick<SliceName, 'queueId' | 'object' | 'number'>, rewindId: RewindId): string =>
  `${sliceText(slice)}/${rewindId}`;

/** Tells "deleted again" entries apart: one that a repeated batch writes again has the key of the first. */
export const againKey = ({ sequence, slice, messages }: DeletedAgain): string =>
  `${sequence}${sliceText(slice)}${JSON.stringify(messages)}`;
