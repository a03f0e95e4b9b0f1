import { LEDGER, PARTITION_KEY, SORT_KEY } from './keys.ts';

/** What makes a table: both keys are text, and on-demand billing goes without saying. */
export interface TableDefinition {
  readonly partitionKey: string;
  readonly sortKey: string;
  /** The table's changes are streamed, each with the item before and after it. */
  readonly isStreamed: boolean;
  /** Attribute that holds when an item may leave, in seconds since 1970. */
  readonly expiryAttribute?: string;
}

const KEYS = { partitionKey: PARTITION_KEY, sortKey: SORT_KEY };

/** One for each cell: deliveries and blocks. */
export const CELL_TABLE: TableDefinition = { ...KEYS, isStreamed: true };
export const CATALOG_TABLE: TableDefinition = { ...KEYS, isStreamed: false };
/** The only one whose items leave by time: it never holds a message. */
export const LEDGER_TABLE: TableDefinition = { ...KEYS, isStreamed: false, expiryAttribute: LEDGER.expiresAtSeconds };
