import type { EpochMs } from '../../model/brand.ts';
import { encodeReport, OBSERVED_MS, REPORT_MS_MAX } from '../../model/load.ts';
import type { Using } from '../service.ts';

/** Reports are stored together for each ten seconds. */
const SLOT_MS = REPORT_MS_MAX;
/** Random characters, 48 bits: two processes never overwrite each other's report. */
const REPORT_ID_LENGTH = 8;
/** Older reports are not read. */
const KEEP_MS = 15 * 60_000;

/**
 * Reports to the controller what this process has seen, if it is time to. Call it often: at the end of each call, or by
 * a timer. A report that cannot be stored is lost, as is that of a process that stays frozen. The others suffice.
 *
 * @returns whether calls were throttled, so that the controller should look at once; `undefined` if nothing was
 * reported
 * @remarks Cost: at most a thousandth of what the process used.
 */
export async function reportLoad(
  service: Using<'clock' | 'ledger' | 'load' | 'random'>,
): Promise<{ isThrottled: boolean } | undefined> {
  const nowMs = service.clock.nowMs();
  if (!service.load.isDue(nowMs)) return undefined;
  const report = service.load.take(nowMs, service.random.next());
  if (report === undefined) return undefined;
  const id = service.random.text(REPORT_ID_LENGTH);
  await service.ledger.addReport(slotOf(nowMs), id, encodeReport(report), (nowMs + KEEP_MS) as EpochMs);
  return { isThrottled: [...report.queues.values()].some(({ throttles }) => throttles.size > 0) };
}

const slotOf = (nowMs: number): number => Math.floor(nowMs / SLOT_MS);

/** A report for the end of a slot may arrive this much later. */
const LATE_MS_MAX = 5_000;

/** The slots that matter at a moment, and whether they may still receive reports. */
export function slotsAt(nowMs: EpochMs): { slot: number; isOpen: boolean }[] {
  const first = slotOf(nowMs - OBSERVED_MS - SLOT_MS);
  return Array.from({ length: slotOf(nowMs) - first + 1 }, (_, index) => {
    const slot = first + index;
    return { slot, isOpen: (slot + 1) * SLOT_MS + LATE_MS_MAX > nowMs };
  });
}
