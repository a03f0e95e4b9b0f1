/**
 * Every limit of the queue, with its unit in the name and the reason behind the number.
 * Limits a deployment may choose are in {@link Thresholds}.
 */
const KIB = 1024;
const MIB = 1024 * KIB;

/** DynamoDB bills a write per started 1 KB; an item at or below it costs one unit to put and one to remove. */
export const WRITE_UNIT_BYTES = KIB;

export const MESSAGES_PER_SEND_MAX = 1_000;
export const MESSAGES_PER_RECEIVE_MAX = 1_000;
export const RECEIPTS_PER_CALL_MAX = 1_000;
/** Body and attributes of one message. */
export const MESSAGE_BYTES_MAX = MIB;
/** A Lambda function takes and returns 6 MB; JSON around the messages and Base64 have to fit as well. */
export const REQUEST_BYTES_MAX = 4 * MIB;
export const ANSWER_BYTES_MAX = 4 * MIB;
/** Field names, id, receipt and times of one message in an answer. */
export const MESSAGE_FRAME_BYTES = 400;
/** An event that a function is invoked with, and its answer: Lambda's quota for a request that waits for it. */
export const EVENT_BYTES_MAX = 6 * MIB;
/** `{"Records":[]}` around the records of an event. */
export const EVENT_FRAME_BYTES = 14;
/** All of a record in an event but body, attributes and noted values, with the longest name of a queue: 800 at most. */
export const EVENT_RECORD_FRAME_BYTES = 1_000;
/** Keys that sign the requests of a queue: two while they are rotated; each adds 50 bytes to a header. */
export const SIGNING_KEYS_MAX = 5;
/** What is kept of an answer of a target: 10,000 failed items with their field names take 0.6 MB. */
export const TARGET_ANSWER_BYTES_MAX = MIB;
/** Unpacked bytes of the blocks, slices and payloads that one call reads: with the answer, a few of it in memory. */
export const UNPACKED_BYTES_MAX = 3 * ANSWER_BYTES_MAX;

/** Connections that the local server serves; each may have a request at work and some waiting, of a few KB each. */
export const CONNECTIONS_MAX = 2_048;
/** Requests of one connection that wait for the one before; a client that pipelines more loses the connection. */
export const PIPELINED_MAX = 16;
/** Bodies that arrive and answers that leave, together: 32 of the largest at once. */
export const BODY_BYTES_UNDER_WAY_MAX = 128 * MIB;
/** Messages that one process holds for calls of targets: 16 of the largest claims, whatever `maxConcurrency` says. */
export const PUSHED_BYTES_MAX = 64 * MIB;
/** GET requests at work at once in the local server: a look may answer megabytes, and none waits for anything. */
export const LOOKS_AT_ONCE_MAX = 4;

/** Characters of the name that a consumer gives itself: the server remembers 20,000 of them. */
export const CONSUMER_LENGTH_MAX = 80;

export const ATTRIBUTES_PER_MESSAGE_MAX = 10;
export const ATTRIBUTE_NAME_LENGTH_MAX = 256;

/** Messages of a block, and so of a delivery. Receives of 10 and of 100 do not straddle two blocks. */
export const MESSAGES_PER_BLOCK_MAX = 100;
/** Unpacked bytes of a frame in an object, which can be read alone. A larger message has a frame of its own. */
export const FRAME_BYTES = 64 * KIB;
/** Messages one lease holds; its marks add at most half a kilobyte at this number. */
export const MESSAGES_PER_LEASE_MAX = 100;

/** Receives before a message becomes a dead letter: SQS's limit, so that settings can be copied. */
export const MAX_RECEIVES_MAX = 1_000;
/** The fastest pace of a rewind or a redrive, in messages a second: beyond what one reaches. */
export const REWIND_PER_SECOND_MAX = 1_000_000;
/** Messages that a redrive may name, so that its record stays within a few write units. */
export const REDRIVE_IDS_MAX = 100;

export const VISIBILITY_MS_MAX = 43_200_000;
export const WAIT_MS_MAX = 20_000;
/** The last visible time of a message, in May 2109: message ids have 42 bits for it. Delays have no other limit. */
export const INSTANT_MS_LAST = 2 ** 42 - 1;
/** The visible time of messages that are set aside: it never comes. The largest number of 48 bits ends ranges. */
export const SET_ASIDE_MS = 2 ** 48 - 2;
/** Least time that is left of a lease when its messages are answered; a fifth of a lease below 5 s. */
export const LEASE_LEFT_MS_MIN = 1_000;

/** Leases in place lie among the first so many deliveries of their shard: each look there reads them. */
export const HEAD_DELIVERIES = 8;
/**
 * A delivery that has been due for longer is not leased in place, in milliseconds: deletes would reach a part of a
 * split shard in which no barrier of a rewind lies (`stores/dynamodb/barrier-offsets.ts`).
 */
export const HEAD_AGE_MS_MAX = 60_000;

/** A route is read again after this; from the hard limit on, no process uses it. */
export const ROUTE_FRESH_MS = 5_000;
export const ROUTE_HARD_LIMIT_MS = 10_000;
/** One try of one storage call. */
export const STORE_TRY_MS_MAX = 3_000;
/** A send repeats throttled items for at most this long; no request runs longer. */
export const REQUEST_MS_MAX = 30_000;
/** A block may arrive after its delivery; one that is missing and older than this was consumed. */
export const BLOCK_YOUNG_MS = 60_000;

/** Messages of an archive slice, the unit of rewinding. Three small writes bring a slice back. */
export const MESSAGES_PER_SLICE_MAX = 1_000;
/** Packed bytes after which a slice takes no more, so that large messages do not make it too large to read. */
export const SLICE_BYTES_MAX = MIB;
/** Unpacked bytes after which a slice takes no more: a claim that takes a part of it may have to unpack the rest. */
export const SLICE_CONTENT_BYTES_MAX = 4 * MIB;
/** Unpacked bytes packed together in a chunk; what few messages of a slice cost to read. */
export const ARCHIVE_CHUNK_BYTES = 32 * KIB;
/** Packed bytes after which an archive object is closed and the rest of the batch gets another one. */
export const ARCHIVE_OBJECT_BYTES = 4 * MIB;

/** Compaction merges archive objects below a quarter of the full size. */
export const SMALL_OBJECT_BYTES = ARCHIVE_OBJECT_BYTES / 4;
/** Objects merged at once: each is read twice, and its name is stored. */
export const COMPACTED_OBJECTS_MAX = 200;
/** Compaction of an hour begins this long after its end. A feed that lags more leaves small objects. */
export const COMPACT_AFTER_MS = 10 * 60_000;
/** Replaced objects stay this long for readers that have the old list. */
export const COMPACTED_KEEP_MS = 3_600_000;

/** An archive object stays this long after its time, so that every rewind that counts on it has begun by then. */
export const EXPIRED_REST_MS = 3_600_000;
/** A hold stays this long after its end and that of its rewind: longer than a function that places slices runs. */
export const HOLD_REST_MS = 3_600_000;
/** A rewinder that holds the lease of a slice begins the put of its delivery within this time, or not at all. */
export const REWIND_PUT_MS_MAX = 3_000;
/** The lease of a slice, in milliseconds: the time to begin, all tries of one put (4 s), and clocks that differ. */
export const REWIND_LEASE_MS = 10_000;

/** Changes of `rewindSeconds` that a queue remembers, to say from when on a rewind is complete. */
export const FORMER_WINDOWS_MAX = 8;
/** A finished rewind can be cancelled for this long. Archive objects outlive their class by twice as much. */
export const REWIND_CANCEL_MS = 86_400_000;
/** The record of a rewind stays this long after its end, so that lists show it. */
export const REWIND_KEEP_MS = 30 * 86_400_000;

/** Unpacked bytes of blocks that the archiver reads at once; a few times as much is what it takes of memory. */
export const ARCHIVE_READ_BYTES = 16 * MIB;

/** The name of a deleted queue is free again after this: then no function holds its route or is about to put by it. */
export const NAME_REST_MS = ROUTE_HARD_LIMIT_MS + STORE_TRY_MS_MAX;
/** A record that other writers change at the same time is read and written at most this often. */
export const CATALOG_TRIES_MAX = 10;
/** Records that one list of the catalog returns. */
export const RECORDS_PER_LIST_MAX = 1_000;
/** Items of one page of a list of the REST protocol, at most and where the call does not say. */
export const ITEMS_PER_PAGE_MAX = 1_000;
export const ITEMS_PER_PAGE_DEFAULT = 100;

/** Repeated batches that the totals of a shard remember. Failures cause them; a record stays a write unit. */
export const REPEATS_MAX = 8;
/** How long the ledger keeps that a barrier was passed, in milliseconds. A rewind waits for 5 minutes. */
export const PASSAGE_KEPT_MS = 15 * 60_000;
/** How often the controller puts a barrier into each cell, in ms: whole minutes. Each costs four write units. */
export const FEED_BARRIER_EVERY_MS = 5 * 60_000;
/**
 * A count puts its barriers this far ahead of now, in milliseconds: behind the longest lease, whatever the clock of the
 * function, so that no claim meets and removes them.
 */
export const BARRIER_AHEAD_MS = 12 * 3_600_000 + 60_000;
/** How long a reader of counts waits for the feed before it answers with what the totals say. */
export const BARRIER_WAIT_MS_MAX = 3_000;
/**
 * Counts are exact at the moment of the answer up to this many messages and shards, and as of a moment beyond. Each
 * shard costs a count two write units; a purge leaves old ones for an hour, in which receipts still delete.
 */
export const EXACT_COUNT_MESSAGES_MAX = 2_000;
export const EXACT_COUNT_SHARDS_MAX = 128;
/** Deliveries read at once where a job reads them all; a store's page of 1 MB may end sooner. */
export const JOB_PAGE_LIMIT = 500;

/** A stream keeps its records for a day: after that, all that was deleted in a cell is archived. */
export const CELL_EMPTY_MS_MIN = 86_400_000;
/** A payload object without a block is an orphan after this; no send takes longer, whatever the clock. */
export const ORPHAN_MS_MIN = 86_400_000;
/** A purge or the deletion of a queue can be undone for this long. Then its messages are discarded. */
export const PURGE_UNDO_MS = 3_600_000;
/** Redirects, finished block progress and finished holds stay this long for late repeats. */
export const LEDGER_KEEP_MS = 2 * 86_400_000;

/** Hops of `forward` and redirects that are followed for one receipt. */
export const FORWARD_HOPS_MAX = 8;
/** After this many hops a redirect leads straight from the receipt to its message: an item for a few heartbeats. */
export const FORWARD_HOPS_SHORTENED = 3;
/** A change of visibility may take this long from its put to its mark. Both leases must not be due then. */
export const MOVE_MS_MAX = 3_000;
/** A mark that may be repeated is tried this often before the caller hears `unavailable`. */
export const UNCLEAR_TRIES_MAX = 8;
/** No such try begins later than this after the first. A shard that shares a partition may throttle for minutes. */
export const UNCLEAR_MS_MAX = 10_000;

/** Where a payload lives and how much a lease merges: cost rules, so a deployment may turn them. */
export interface Thresholds {
  /** Largest packed payload kept inside its delivery, in bytes. @default 900: below one unit with its key */
  readonly inlineBytesMax: number;
  /** Largest packed payload of a block item, in bytes; larger ones become an object. @default 16 384 */
  readonly blockBytesMax: number;
  /** Largest item a lease may become by merging, marks to come included, in bytes. @default 1 024: one write unit */
  readonly leaseBytesMax: number;
  /** Largest payload that stays uncompressed until it is archived, in bytes. @default that of a delivery */
  readonly plainBytesMax?: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = {
  inlineBytesMax: 900,
  blockBytesMax: 16 * KIB,
  leaseBytesMax: WRITE_UNIT_BYTES,
};
