import { archive } from '../../../src/engine/index.ts';
import type { Change } from '../../../src/model/change.ts';
import { type CellId, cellOfKey } from '../../../src/model/ids.ts';
import type { RewindWorld } from './world.ts';

const BATCH_CHANGES_MAX = 25;
const PAUSE_MS_MAX = 3_000;
/** Share of the batches that are told again at once, though their archiver succeeded, and of those told hours later. */
const REPEATED_SHARE = 0.1;
const LATE_SHARE = 0.05;

/** The change feed of one cell, to an archiver that may die: in order, at least once, and old batches again. */
export class RewindFeed {
  readonly #world: RewindWorld;
  readonly #cell: CellId;
  readonly #told: Change[] = [];
  readonly #waiting: Change[] = [];
  #isReading = false;
  isCalm = false;
  isOver = false;

  constructor(world: RewindWorld, cell: CellId) {
    this.#world = world;
    this.#cell = cell;
  }

  get isSettled(): boolean {
    return this.#waiting.length === 0 && !this.#isReading;
  }

  add(change: Change): void {
    if (cellOfKey(change.shard) === this.#cell) this.#waiting.push(change);
  }

  async run(): Promise<void> {
    const { random } = this.#world;
    while (!this.isOver) {
      await this.#world.sleep(random.between(1, this.isCalm ? 200 : PAUSE_MS_MAX));
      if (this.#told.length > 0 && random.chance(LATE_SHARE)) await this.#tell(this.#oldBatch());
      if (this.#waiting.length === 0) continue;
      this.#isReading = true;
      const batch = this.#waiting.slice(0, random.between(1, BATCH_CHANGES_MAX));
      if ((await this.#tell(batch)) && !random.chance(REPEATED_SHARE)) {
        this.#told.push(...this.#waiting.splice(0, batch.length));
      }
      this.#isReading = false;
    }
  }

  #oldBatch(): Change[] {
    const start = this.#world.random.below(this.#told.length);
    return this.#told.slice(start, start + this.#world.random.between(1, BATCH_CHANGES_MAX));
  }

  #tell(batch: readonly Change[]): Promise<boolean> {
    return this.#world.attempt('archiver', (service) => archive(service, batch));
  }
}
