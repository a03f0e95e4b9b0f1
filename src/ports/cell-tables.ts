import type { CellId } from '../model/ids.ts';

/** The tables of the cells, as the controller sees them. Every method may throw `QueueError`. */
export interface CellTables {
  /** Write units a second that the cell's table takes at once; infinite without a limit. */
  writeUnitsMax(cell: CellId): Promise<number>;
  /** Requests that many write units. It takes minutes, costs once and cannot be undone. Idempotent. */
  warm(cell: CellId, writeUnits: number): Promise<void>;
  /** Whether the table holds neither deliveries nor blocks, consistently read; false when unknown. */
  isEmpty(cell: CellId): Promise<boolean>;
}
