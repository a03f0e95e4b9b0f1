import type { AccessKey } from '../model/access-key.ts';
import type { EpochMs } from '../model/brand.ts';
import type { Compaction } from '../model/compaction.ts';
import type { CellStatus, ControlLease, DecisionTrail, RemovedShard } from '../model/control.ts';
import type { Purge } from '../model/purge.ts';
import type { PushLease, SigningKey } from '../model/push/index.ts';
import type { DeletedQueue, Queue } from '../model/queue.ts';
import type { ArchivedObject, Hold, RewindJob } from '../model/rewind.ts';
import type { TotalsRecord } from '../model/totals.ts';
import type { LongestWait } from '../model/waiting.ts';

/** The kinds of records and their values. Names are text; the part before a `/` groups records of one owner. */
export interface CatalogRecords {
  /** By queue name. */
  queue: Queue;
  /** Deleted queues that can be restored or are still to be discarded, by queue id. */
  deletedQueue: DeletedQueue;
  /** By queue id: its present or last name. */
  queueName: { readonly name: string };
  /** By queue id, `/`, purge id: purges that can be undone or are still to be discarded. */
  purge: Purge;
  /** By key id. */
  accessKey: AccessKey;
  /** By queue id, `/`, shard id. */
  totals: TotalsRecord;
  /** By queue id, `/`, hour of deletion, `/`, object. */
  archived: ArchivedObject;
  /** By queue id, `/`, hour of deletion, `/`, the object that takes the place of others. */
  compaction: Compaction;
  /** One record, `stores`, whose form never changes: the format of everything stored. */
  format: { readonly format: number };
  /** By queue id: who pushes for the queue, and its calls that may be running. */
  pushLease: PushLease;
  /** By queue id: the keys that sign requests to its endpoint, the oldest first. */
  signingKeys: { readonly keys: readonly SigningKey[] };
  /** By minute, `/`, queue id: that the dispatcher of a queue is to be woken then. Only on AWS. */
  due: { readonly notedAtMs: EpochMs };
  /** By kind of work: its progress, as an hour and a queue. */
  cursor: { readonly hour: string; readonly after?: string };
  /** By slice, `/`, rewind id. */
  hold: Hold;
  /** By queue id, `/`, rewind id reversed: the newest first. */
  rewind: RewindJob;
  /** By the name of its record: a rewind with work left. */
  unfinishedRewind: Pick<RewindJob, 'queueId' | 'id'>;
  /** By queue id, `/`, shard id: shards taken off a route and checked for a day. */
  removedShard: RemovedShard;
  /** One record, `receive`. */
  longestWait: LongestWait;
  /** One record, `controller`. */
  controlLease: ControlLease;
  /** By queue id, or cell id. */
  decisions: DecisionTrail;
  /** By cell id. */
  cell: CellStatus;
}

export type RecordKind = keyof CatalogRecords;

export interface Stored<Value> {
  readonly name: string;
  readonly value: Value;
  /** Changes with every write; a conditional write names it. */
  readonly version: number;
}

/** `unclear`: no answer; read again to see. */
export type WriteOutcome = 'done' | 'lost' | 'unclear';

/**
 * Small records with versions: queues with their routes, totals, jobs, keys. Reads and lists are consistent. Every
 * method may throw `QueueError` `Throttled`, certainly without effect; reads and lists also `Unavailable`.
 */
export interface Catalog {
  /** @param options.mayBeOld - the answer may show an earlier state, and costs half */
  get<Kind extends RecordKind>(
    kind: Kind,
    name: string,
    options?: { readonly mayBeOld?: boolean },
  ): Promise<Stored<CatalogRecords[Kind]> | undefined>;

  /**
   * The version of the queue's record, or of its next one: this number changes before the record does, and never comes
   * back. A record with this version is the newest. 0: the name is unknown. Consistent; costs one read unit for a
   * record of any size.
   */
  queueVersion(name: string): Promise<number>;

  /** Writes if the record still has `version`; 0: if there is none. One of several callers wins. */
  tryPut<Kind extends RecordKind>(
    kind: Kind,
    name: string,
    value: CatalogRecords[Kind],
    version: number,
  ): Promise<WriteOutcome>;

  /** Removes if the record still has `version`. */
  tryRemove(kind: RecordKind, name: string, version: number): Promise<WriteOutcome>;

  /** Records whose name starts with `prefix` and comes after `after`, by name, at most `limit` (1 to 1,000). */
  list<Kind extends RecordKind>(
    kind: Kind,
    range: { readonly prefix?: string; readonly after?: string; readonly limit: number },
  ): Promise<readonly Stored<CatalogRecords[Kind]>[]>;
}
