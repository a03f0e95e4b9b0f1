import { decodeReport, type LoadReport, type ObservedLoad, observeLoad } from '../../model/load.ts';
import type { Using } from '../service.ts';
import { slotsAt } from './report-load.ts';

/** The reports of all processes, as one run of the controller reads them in each round. */
export class LoadReports {
  readonly #known = new Map<number, readonly LoadReport[]>();

  /** @remarks Cost: half a read unit for each 4 KB of reports. Reports that can no longer change are read once. */
  async observe(service: Using<'clock' | 'ledger'>): Promise<ObservedLoad> {
    const nowMs = service.clock.nowMs();
    const slots = slotsAt(nowMs);
    const reports = await Promise.all(
      slots.map(async ({ slot, isOpen }) => {
        const known = this.#known.get(slot);
        if (known !== undefined) return known;
        const read = (await service.ledger.reports(slot)).map(decodeReport);
        if (!isOpen) this.#known.set(slot, read);
        return read;
      }),
    );
    for (const slot of this.#known.keys()) if (slot < (slots[0]?.slot ?? 0)) this.#known.delete(slot);
    return observeLoad(reports.flat(), nowMs);
  }
}
