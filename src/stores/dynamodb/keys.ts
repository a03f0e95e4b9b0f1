/**
 * Names of keys and attributes, shared with the deployment. Frequent items have attributes of one character: DynamoDB
 * counts attribute names as bytes of the item.
 */
export const PARTITION_KEY = 'k';
export const SORT_KEY = 's';

/** A delivery: partition key is the shard's key, sort key the delivery's. Zero and empty values are absent. */
export const DELIVERY = {
  receiveCount: 'c',
  first: 'f',
  parts: 'p',
  payload: 'b',
  edition: 'e',
  leasedUntil: 'l',
  acked: 'a',
  moved: 'm',
  deadLettered: 'd',
  purged: 'x',
  withdrawn: 'u',
  redriven: 'v',
  /** 1: the waker learns that it was put. Never read here. */
  wakes: 'q',
  /** Followed by the message's index, as in `w3`, so that one can be set without reading the others. */
  forward: 'w',
} as const;

/** A block: partition key is its id. */
export const BLOCK = { messageCount: 'n', payload: 'b', frames: 'f' } as const;
/** Sort key of every block. No delivery has it, so a stream's filter can tell the two apart. */
export const BLOCK_SORT_KEY = '-';

/** A record of the catalog: partition key is kind and bucket, sort key its name. */
export const RECORD = { value: 'v', version: 'n' } as const;

/**
 * Bookkeeping: sort key is its kind, partition key its owner. A redirect has the `forward` attributes of a delivery.
 */
export const LEDGER = { indexes: 'm', report: 'l', passage: 'b', expiresAtSeconds: 't' } as const;
export const REDIRECT_SORT_KEY = 'redirect';
export const PROGRESS_SORT_KEY = 'progress';

/** A table: both keys are text, and billing is on demand. */
export interface TableDefinition {
  readonly partitionKey: string;
  readonly sortKey: string;
  /** The table's changes are streamed, each with the item before and after it. */
  readonly isStreamed: boolean;
  /** Attribute with the time at which an item may leave, in seconds since 1970. */
  readonly expiryAttribute?: string;
}

const TABLE = { partitionKey: PARTITION_KEY, sortKey: SORT_KEY };

/** One for each cell: deliveries and blocks. */
export const CELL_TABLE: TableDefinition = { ...TABLE, isStreamed: true };
export const CATALOG_TABLE: TableDefinition = { ...TABLE, isStreamed: false };
/** The only table whose items expire: it never holds a message. */
export const LEDGER_TABLE: TableDefinition = { ...TABLE, isStreamed: false, expiryAttribute: LEDGER.expiresAtSeconds };
