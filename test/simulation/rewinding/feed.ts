import { archive } from '../../../src/engine/index.ts';
import type { EpochMs } from '../../../src/model/brand.ts';
import type { Change } from '../../../src/model/change.ts';
import { type CellId, cellOfKey, visibleAtMs } from '../../../src/model/ids.ts';
import { PIECE_MS, type RewindWorld } from './world.ts';

const BATCH_CHANGES_MAX = 25;
/** The feeds of two pieces lag independently. */
const PAUSE_MS_MAX = { 0: 3_000, 1: 12_000 } as const;
const CALM_PAUSE_MS_MAX = 200;
const REST_PAUSE_MS_MAX = 600_000;
/** Share of the batches repeated at once although their archiver succeeded, and of those repeated hours later. */
const REPEATED_SHARE = 0.1;
const LATE_SHARE = 0.05;

/** What one feed covers: a cell, and all of its shards, or every other piece. */
export interface FeedPlace {
  readonly cell: CellId;
  readonly piece: 0 | 1;
}

/** The feed of one place, for an archiver that may die: in order, at least once, with repeats of old batches. */
export class RewindFeed {
  readonly #world: RewindWorld;
  readonly #place: FeedPlace;
  readonly #told: Change[] = [];
  readonly #waiting: Change[] = [];
  #isReading = false;
  #pauseMsMax: number;

  constructor(world: RewindWorld, place: FeedPlace) {
    this.#world = world;
    this.#place = place;
    this.#pauseMsMax = PAUSE_MS_MAX[place.piece];
  }

  get isSettled(): boolean {
    return this.#waiting.length === 0 && !this.#isReading;
  }

  /** From now on the feed delivers quickly, or has, for hours, hardly any changes. */
  calmDown({ isResting = false } = {}): void {
    this.#pauseMsMax = isResting ? REST_PAUSE_MS_MAX : CALM_PAUSE_MS_MAX;
  }

  add(change: Change): void {
    const delivery = change.after ?? change.before;
    if (delivery === undefined || cellOfKey(change.shard) !== this.#place.cell) return;
    const piece = this.#world.isSplit ? Math.floor(visibleAtMs(delivery.key) / PIECE_MS) % 2 : 0;
    if (piece === this.#place.piece) this.#waiting.push({ ...change, atMs: this.#roundedMs(change) });
  }

  #roundedMs({ atMs }: Change): EpochMs {
    const { feedResolutionMs } = this.#world;
    return (Math.floor(atMs / feedResolutionMs) * feedResolutionMs) as EpochMs;
  }

  async run(): Promise<void> {
    const { random } = this.#world;
    while (!this.#world.isOver) {
      await this.#world.sleep(random.between(1, this.#pauseMsMax));
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
