import { archive } from '../../src/engine/index.ts';
import type { Change } from '../../src/model/change.ts';
import { type CellId, cellOfKey } from '../../src/model/ids.ts';
import type { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import type { Deployment } from './world.ts';

const BATCH_CHANGES_MAX = 25;
/** Share of the batches that are repeated although their consumer succeeded. */
const REPEATED_SHARE = 0.15;

/** The change feed of one cell: batches in order and at least once, each repeated until its consumer succeeds. */
export class Feed {
  readonly #deployment: Deployment;
  readonly #cell: CellId;
  readonly #random: SeededRandom;
  readonly #waiting: Change[] = [];
  #wake: (() => void) | undefined;
  #isReading = false;
  readonly #plant: (change: Change) => Change;
  readonly #isQuick: boolean;

  constructor(
    deployment: Deployment,
    options: {
      cell: CellId;
      random: SeededRandom;
      plantInFeed?: (change: Change) => Change;
      /** Delivers soon, so that counts need not give up their wait. */
      isQuick: boolean;
    },
  ) {
    this.#deployment = deployment;
    this.#cell = options.cell;
    this.#random = options.random;
    this.#isQuick = options.isQuick;
    this.#plant = options.plantInFeed ?? ((change) => change);
  }

  /** Everything was delivered and its consumer succeeded. */
  get isSettled(): boolean {
    return this.#waiting.length === 0 && !this.#isReading;
  }

  add(change: Change): void {
    if (cellOfKey(change.shard) !== this.#cell) return;
    this.#waiting.push(this.#plant(change));
    this.#wake?.();
  }

  /** Delivers the changes for ever. */
  async run(): Promise<never> {
    for (;;) {
      while (this.#waiting.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#isReading = true;
      await this.#deployment.sleep(this.#random.between(1, this.#deployment.isCalm || this.#isQuick ? 400 : 4_000));
      // After a failure the batch may be cut differently.
      const batch = this.#waiting.slice(0, this.#random.between(1, BATCH_CHANGES_MAX));
      const archived = await this.#deployment.call(`archive ${batch.length}`, (service) => archive(service, batch));
      if (archived.kind === 'answered' && !this.#random.chance(REPEATED_SHARE)) this.#waiting.splice(0, batch.length);
      this.#isReading = false;
    }
  }
}
