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
export type QueueChange = (typeof QUEUE_CHANGES)[number];

const ROUNDS = 3;
const RESTORE_TRIES = 8;

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
    const client = this.#kind === 'restored' ? orders : deadLetters;
    await client.deleteQueue();
    await this.#pause(15_000);
    await this.#deployment.call('discard', discardDue);
    const bringBack = () => (this.#kind === 'dead letters deleted' ? client.create({}) : client.restore());
    for (let tries = 0; tries < RESTORE_TRIES; tries++) if (await bringBack()) return;
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
