import { expireDue } from '../claims/index.ts';
import { removeOldRewinds } from '../records/index.ts';
import type { QueueService } from '../service.ts';
import { compactDue } from './compact-due.ts';
import { discardDue } from './discard.ts';
import { expireArchive } from './expire-archive.ts';
import { removeFinishedHolds } from './finished-holds.ts';
import { repairPayloads } from './repair-payloads.ts';

/** A job that failed, and why. */
export interface FailedJob {
  readonly job: string;
  readonly error: unknown;
}

const JOBS: Readonly<Record<string, (service: QueueService) => Promise<void>>> = {
  discard: discardDue,
  expireMessages: expireDue,
  compact: compactDue,
  removeFinishedHolds,
  removeOldRewinds,
  expireArchive,
  repairPayloads,
};

/**
 * Runs each job of a minute once. A job that fails keeps no other from running; the next minute tries it again.
 * @returns the jobs that failed
 * @remarks Cost: a few reads while nothing is due.
 */
export async function runUpkeep(service: QueueService): Promise<FailedJob[]> {
  const names = Object.keys(JOBS);
  const outcomes = await Promise.allSettled(names.map(async (name) => JOBS[name]?.(service)));
  return outcomes.flatMap((outcome, index) =>
    outcome.status === 'rejected' ? [{ job: names[index] ?? '', error: outcome.reason as unknown }] : [],
  );
}
