import type { CellId } from '../model/ids.ts';

/** The tables of the cells, as the controller sees them. Every method may throw `QueueError`. */
export interface CellTables {
  /** Write units a second that the cell's table takes at once; infinite where nothing limits it. */
  writeUnitsMax(cell: CellId): Promise<number>;
  /** Asks for that many. It takes minutes, costs once and cannot be undone; asking again changes nothing. */
  warm(cell: CellId, writeUnits: number): Promise<void>;
  /** Whether neither delivery nor block lies in the table, consistently read; false where that is not known. */
  isEmpty(cell: CellId): Promise<boolean>;
}
