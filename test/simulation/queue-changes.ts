import { expireDue } from '../../src/engine/claims/expire-messages.ts';
import { purgeQueue, undoPurge, updateQueue } from '../../src/engine/index.ts';
import { discardDue } from '../../src/engine/upkeep/discard.ts';
import type { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import { QUEUE, type Workload } from './workload.ts';
import type { Deployment } from './world.ts';

/** Changes to queues while others use them. */
export const QUEUE_CHANGES = [
  'dead letters deleted',
  'dead letters restored',
  'restored',
  'retention',
  'purges and undos',
] as const;
/** A restore is still at work when the queue is deleted again. Drawn by itself, as a rare kind. */
export const RESTORED_LATE = 'restored late';
export type QueueChange = (typeof QUEUE_CHANGES)[number] | typeof RESTORED_LATE;

const ROUNDS = 3;
const RESTORE_TRIES = 8;
/** Then no call of a dead process, or without an answer, takes effect any more. */
const LATE_WORK_MS_MAX = 20_000;

/**
 * An operator who deletes and creates or restores queues, sets and removes a retention, or purges and undoes it, again
 * and again. At the end each queue exists again, and keeps messages.
 */
export class QueueChanges {
  readonly #deployment: Deployment;
  readonly #workload: Workload;
  readonly #random: SeededRandom;
  readonly #kind: QueueChange;
  #isOver = false;

  constructor(
    deployment: Deployment,
    workload: Workload,
    { random, kind }: { random: SeededRandom; kind: QueueChange },
  ) {
    this.#deployment = deployment;
    this.#workload = workload;
    this.#random = random;
    this.#kind = kind;
  }

  async run(): Promise<void> {
    for (let round = 0; round < ROUNDS && !this.#isOver; round++) {
      await this.#pause(20_000);
      await this.#change();
      this.#deployment.count(this.#kind);
    }
  }

  stop(): void {
    this.#isOver = true;
  }

  async #change(): Promise<void> {
    const { orders, deadLetters } = this.#workload;
    if (this.#kind === 'retention') return await this.#retain();
    if (this.#kind === 'purges and undos') return await this.#purge();
    if (this.#kind === RESTORED_LATE) return await this.#deleteDuringRestore();
    const client = this.#kind === 'restored' ? orders : deadLetters;
    await client.deleteQueue();
    await this.#pause(15_000);
    await this.#deployment.call('discard', discardDue);
    const bringBack = () => (this.#kind === 'dead letters deleted' ? client.create({}) : client.restore());
    for (let tries = 0; tries < RESTORE_TRIES; tries++) if (await bringBack()) return;
  }

  /** A deletion that was answered found the queue restored, so the restore has nothing left to bring back. */
  async #deleteDuringRestore(): Promise<void> {
    const { orders } = this.#workload;
    const isDeleted = await orders.deleteQueue();
    await this.#pause(5_000);
    const restoring = orders.restore();
    await this.#pause(this.#random.pick([50, 1_000]));
    const isDeletedAgain = await orders.deleteQueue();
    await restoring;
    await this.#deployment.sleep(LATE_WORK_MS_MAX);
    if (isDeleted && isDeletedAgain) {
      this.#deployment.count('deleted during restore');
      if (this.#isThere)
        this.#deployment.auditor.violate('restore', `${QUEUE} was deleted again, and a late restore brought it back`);
    }
    for (let tries = 0; tries < RESTORE_TRIES && !this.#isThere; tries++) await orders.restore();
  }

  get #isThere(): boolean {
    const queue = this.#deployment.world.records.get('queue', QUEUE)?.value;
    return queue !== undefined && queue.deletedAtMs === undefined;
  }

  /** Sets a retention for a while, during which the minute acks messages that are too old. */
  async #retain(): Promise<void> {
    await this.#setRetention(this.#random.pick([5_000, 20_000, 60_000]));
    for (let run = 0; run < 3; run++) {
      await this.#pause(15_000);
      await this.#deployment.call('expire', expireDue);
    }
    await this.#setRetention(undefined);
  }

  async #setRetention(retentionMs: number | undefined): Promise<void> {
    for (let tries = 0; tries < RESTORE_TRIES; tries++) {
      const changed = await this.#deployment.call('set retention', (service) =>
        updateQueue(service, {
          name: QUEUE,
          settings: (current) => {
            const { retentionMs: _, ...settings } = current;
            return retentionMs === undefined ? settings : { ...settings, retentionMs };
          },
        }),
      );
      if (changed.kind === 'answered') return;
    }
  }

  async #purge(): Promise<void> {
    const purges = this.#random.between(2, 6);
    for (let purge = 0; purge < purges; purge++) {
      await this.#deployment.call('purge', (service) => purgeQueue(service, QUEUE));
      await this.#pause(this.#random.pick([10, 3_000]));
      if (this.#random.chance(0.7)) await this.#deployment.call('undo', (service) => undoPurge(service, QUEUE));
    }
  }

  async #pause(ms: number): Promise<void> {
    await this.#deployment.sleep(this.#random.below(ms));
  }
}
