import { type QueueService, runRewind, unfinishedRewinds } from '../engine/index.ts';
import type { QueueId, RewindId } from '../model/ids.ts';
import type { RewindRunner } from '../ports/rewind-runner.ts';
import type { Log } from './log.ts';

/** A run that the store refused is restarted after this. */
const RETRY_MS = 1_000;

/** Carries out rewinds in this process; resumes those that a restart interrupted. */
export class LocalRewindRunner implements RewindRunner {
  readonly #log: Log;
  readonly #running = new Map<RewindId, Promise<void>>();
  /** Rewinds started again while they ran, because the run may have missed a cancellation. */
  readonly #again = new Set<RewindId>();
  #service: QueueService | undefined;
  #isClosed = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Resumes the rewinds that ran when the server ended. */
  async open(service: QueueService): Promise<void> {
    this.#service = service;
    for (const job of await unfinishedRewinds(service)) await this.start(job.queueId, job.id);
  }

  async start(queueId: QueueId, rewindId: RewindId): Promise<void> {
    if (this.#running.has(rewindId)) {
      this.#again.add(rewindId);
      return;
    }
    const run = this.#run(queueId, rewindId).finally(() => this.#running.delete(rewindId));
    this.#running.set(rewindId, run);
  }

  /** Stops after the current step; the records say where to continue. */
  close(): void {
    this.#isClosed = true;
  }

  async #run(queueId: QueueId, rewindId: RewindId): Promise<void> {
    const service = this.#service;
    while (service !== undefined && !this.#isClosed) {
      this.#again.delete(rewindId);
      try {
        await runRewind(service, queueId, rewindId);
        if (!this.#again.has(rewindId)) return;
      } catch (error) {
        if (this.#isClosed) return;
        this.#log.error('rewindFailed', error, { rewind: rewindId });
        await service.clock.sleep(RETRY_MS);
      }
    }
  }
}
