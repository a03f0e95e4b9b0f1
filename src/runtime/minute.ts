import { compactDue, discardDue, expireDue, type QueueService, runRewind, unfinishedRewinds } from '../engine/index.ts';
import { METRICS } from './env.ts';
import { oldestReadyMs } from './oldest-ready.ts';
import type { Telemetry } from './telemetry.ts';

/**
 * What a deployment does each minute: tells how long messages wait, discards what was purged or deleted an hour ago
 * and what is too old, compacts the archive, and goes on with rewinds. What it does not finish, the next minute goes on with.
 *
 * @throws the first problem, once everything else has been tried
 */
export async function everyMinute(service: QueueService, telemetry: Telemetry): Promise<void> {
  const outcomes = await Promise.allSettled([
    tellOldest(service, telemetry),
    discardDue(service),
    expireDue(service),
    compactDue(service),
    goOn(service),
  ]);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function tellOldest(service: QueueService, telemetry: Telemetry): Promise<void> {
  telemetry.measureSeconds(METRICS.oldestReadySeconds, (await oldestReadyMs(service)) / 1_000);
}

async function goOn(service: QueueService): Promise<void> {
  for (const { queueId, id } of await unfinishedRewinds(service)) await runRewind(service, queueId, id);
}
