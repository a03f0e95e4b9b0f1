import { WAIT_MS_MAX } from '../../model/limits.ts';
import type { ObservedLoad } from '../../model/load.ts';
import { planLongestWait } from '../../model/waiting.ts';
import { LONGEST_WAIT } from '../memory/index.ts';
import type { Using } from '../service.ts';

/** Averages over the half minute for which all reports are in; `earlier` covers twenty seconds of it. */
const processesOf = ({ recent, earlier }: ObservedLoad): number =>
  (recent.receivingMs + 2 * earlier.receivingMs) / 3 / 1_000;

/**
 * Publishes how long receives may wait, from the processes that they occupy and the number they may occupy.
 *
 * @returns whether waits are shortened, so that the next look should come soon
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: a catalog read, and a write when the wait changes; none where nothing limits receives.
 */
export async function publishLongestWait(
  service: Using<'catalog' | 'clock' | 'settings'>,
  load: ObservedLoad,
): Promise<boolean> {
  const { catalog, clock, settings } = service;
  const { receiveProcessesMax: processesMax } = settings;
  if (processesMax === undefined) return false;
  const stored = await catalog.get('longestWait', LONGEST_WAIT);
  const nowMs = clock.nowMs();
  const waitMs = planLongestWait(stored?.value, { processes: processesOf(load), processesMax, nowMs });
  if (waitMs !== (stored?.value.waitMs ?? WAIT_MS_MAX)) {
    // If another run came first, the next look decides again.
    await catalog.tryPut('longestWait', LONGEST_WAIT, { waitMs, atMs: nowMs }, stored?.version ?? 0);
  }
  return waitMs < WAIT_MS_MAX;
}
