/**
 * The tables and the names inside them, shared with the deployment. Attributes have one character where items are
 * many: DynamoDB counts the name of every attribute as bytes of its item.
 */
export const PARTITION_KEY = 'k';
export const SORT_KEY = 's';

/** A delivery: partition key is the shard's key, sort key the delivery's. What is 0 or empty is absent. */
export const DELIVERY = {
  receiveCount: 'c',
  first: 'f',
  parts: 'p',
  payload: 'b',
  edition: 'e',
  acked: 'a',
  moved: 'm',
  deadLettered: 'd',
  purged: 'x',
  withdrawn: 'u',
  redriven: 'v',
  /** With the message's index behind it, `w3`: that of one message is set without reading those of others. */
  forward: 'w',
} as const;

/** A block: partition key is its id. */
export const BLOCK = { messageCount: 'n', payload: 'b', frames: 'f' } as const;
/** Sort key of every block; no delivery has it, so a stream's filter can tell the two apart. */
export const BLOCK_SORT_KEY = '-';

/** A record of the catalog: partition key is kind and bucket, sort key its name. */
export const RECORD = { value: 'v', version: 'n' } as const;

/**
 * Bookkeeping of the ledger: sort key is what it is, partition key whose it is. A redirect has the `forward`
 * attributes of the delivery that is gone.
 */
export const LEDGER = { indexes: 'm', report: 'l', passage: 'b', expiresAtSeconds: 't' } as const;
export const REDIRECT_SORT_KEY = 'redirect';
export const PROGRESS_SORT_KEY = 'progress';

/** What makes a table: both keys are text, and on-demand billing goes without saying. */
export interface TableDefinition {
  readonly partitionKey: string;
  readonly sortKey: string;
  /** The table's changes are streamed, each with the item before and after it. */
  readonly isStreamed: boolean;
  /** Attribute that says when an item may leave, in seconds since 1970. */
  readonly expiryAttribute?: string;
}

const TABLE = { partitionKey: PARTITION_KEY, sortKey: SORT_KEY };

/** One for each cell: deliveries and blocks. */
export const CELL_TABLE: TableDefinition = { ...TABLE, isStreamed: true };
export const CATALOG_TABLE: TableDefinition = { ...TABLE, isStreamed: false };
/** The only one whose items leave by time: it never holds a message. */
export const LEDGER_TABLE: TableDefinition = { ...TABLE, isStreamed: false, expiryAttribute: LEDGER.expiresAtSeconds };
