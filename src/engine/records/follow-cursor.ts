import type { CatalogRecords } from '../../ports/catalog.ts';
import type { Records } from '../service.ts';

type Cursor = CatalogRecords['cursor'];

/** Work that continues from run to run. */
export interface CursorWork {
  /** Name of the cursor's record. */
  readonly name: string;
  /** A run ends after this, in milliseconds; the next run continues from the cursor. */
  readonly runMsMax: number;
  /** Does one step. Returns where the next one begins; `undefined` when nothing is due. */
  readonly step: (cursor: Cursor | undefined) => Promise<Cursor | undefined>;
}

/**
 * Does work step by step. A cursor in the catalog says how far it came, so a run that dies or has no time left is
 * continued by the next one. A step may run twice; two runs at once do the same work.
 *
 * @throws what the step throws: the next run begins with the same step
 * @remarks Cost: one read while nothing is due; one read and one write for each step.
 */
export async function followCursor({ catalog, clock }: Records, { name, runMsMax, step }: CursorWork): Promise<void> {
  const untilMs = clock.nowMs() + runMsMax;
  do {
    const stored = await catalog.get('cursor', name);
    const next = await step(stored?.value);
    if (next === undefined) return;
    // If another run has moved the cursor, that run continues.
    if ((await catalog.tryPut('cursor', name, next, stored?.version ?? 0)) !== 'done') return;
  } while (clock.nowMs() < untilMs);
}
