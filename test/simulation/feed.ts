import { archive, type QueueService } from '../../src/engine/index.ts';
import type { Change } from '../../src/model/change.ts';
import { type CellId, cellOfKey } from '../../src/model/ids.ts';
import type { Telling } from '../../src/model/totals.ts';
import type { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import type { Deployment } from './world.ts';

const BATCH_CHANGES_MAX = 25;
/** Share of the batches that are repeated although their consumer succeeded. */
const REPEATED_SHARE = 0.15;
/** Share of the batches that a feed gives up, where it gives up any, and their number: totals know few of them. */
const GIVEN_UP_SHARE = 0.2;
const GIVEN_UP_MAX = 2;
/** Until an operator replays what the feed has given up, in milliseconds. */
const REPLAYED_AFTER_MS_MAX = 30 * 60_000;
/** Before the operator tries again. */
const REPLAY_PAUSE_MS = 5_000;

export type PlantBehindBatch = (service: QueueService, batch: readonly Change[]) => Promise<void>;

export interface FeedOptions {
  readonly cell: CellId;
  readonly random: SeededRandom;
  readonly plantInFeed?: ((change: Change) => Change) | undefined;
  /** What a planted bug of the archiver does behind each batch. */
  readonly plantBehindBatch?: PlantBehindBatch | undefined;
  /** Tells soon, so that counts need not give up their wait. */
  readonly isQuick: boolean;
  /** Draws which batches the feed gives up. @default none */
  readonly givingUp?: SeededRandom | undefined;
  /** As what an operator's replay comes. @default a replay */
  readonly replayedAs?: Telling | undefined;
}

/**
 * The change feed of one cell: batches in order and at least once, each told until its consumer succeeds. A batch that
 * the feed gives up is missing from then on, until an operator replays it.
 */
export class Feed {
  readonly #deployment: Deployment;
  readonly #options: FeedOptions;
  readonly #waiting: Change[] = [];
  #wake: (() => void) | undefined;
  #isReading = false;
  /** Changes at the head that were told before: in vain, or to be told again. */
  #triedCount = 0;
  /** Batches that it may still give up. */
  #givesUpCount: number;

  constructor(deployment: Deployment, options: FeedOptions) {
    this.#deployment = deployment;
    this.#options = options;
    this.#givesUpCount = options.givingUp === undefined ? 0 : GIVEN_UP_MAX;
  }

  /** Everything was told, or replayed, and its consumer succeeded. */
  get isSettled(): boolean {
    return this.#waiting.length === 0 && !this.#isReading && this.#deployment.batchesGivenUp === 0;
  }

  add(change: Change): void {
    const { cell, plantInFeed } = this.#options;
    if (cellOfKey(change.shard) !== cell) return;
    this.#waiting.push(plantInFeed?.(change) ?? change);
    this.#wake?.();
  }

  /** Delivers the changes for ever. */
  async run(): Promise<never> {
    const { random, isQuick, givingUp } = this.#options;
    for (;;) {
      while (this.#waiting.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#isReading = true;
      await this.#deployment.sleep(random.between(1, this.#deployment.isCalm || isQuick ? 400 : 4_000));
      // After a failure the batch may be cut otherwise.
      const batch = this.#waiting.slice(0, random.between(1, BATCH_CHANGES_MAX));
      const mayGiveUp = this.#givesUpCount > 0 && !this.#deployment.isCalm;
      if (mayGiveUp && givingUp?.chance(GIVEN_UP_SHARE) === true) await this.#giveUp(batch, givingUp);
      else {
        this.#triedCount = Math.max(this.#triedCount, batch.length);
        if ((await this.#tell(batch)) && !random.chance(REPEATED_SHARE)) this.#leaveBehind(batch);
      }
      this.#isReading = false;
    }
  }

  /** Too old before it was tried at all, or told until it was done twice, so that totals know it as a repeat. */
  async #giveUp(batch: readonly Change[], random: SeededRandom): Promise<void> {
    this.#givesUpCount--;
    const times = this.#triedCount === 0 ? random.pick([0, 2]) : 2;
    for (let left = times; left > 0; ) if (await this.#tell(batch)) left--;
    this.#leaveBehind(batch);
    this.#deployment.batchesGivenUp++;
    this.#deployment.count('given up');
    void this.#replay(batch, random.below(REPLAYED_AFTER_MS_MAX));
  }

  #leaveBehind({ length }: readonly Change[]): void {
    this.#waiting.splice(0, length);
    this.#triedCount = Math.max(0, this.#triedCount - length);
  }

  async #replay(batch: readonly Change[], afterMs: number): Promise<void> {
    await this.#deployment.sleep(afterMs);
    while (!(await this.#tell(batch, this.#options.replayedAs ?? 'replay')))
      await this.#deployment.sleep(REPLAY_PAUSE_MS);
    this.#deployment.batchesGivenUp--;
    this.#deployment.count('replayed');
  }

  /** Whether its consumer succeeded. */
  async #tell(batch: readonly Change[], telling: Telling = 'inOrder'): Promise<boolean> {
    const name = telling === 'replay' ? 'replay' : 'archive';
    const told = await this.#deployment.call(`${name} ${batch.length}`, async (service) => {
      await archive(service, batch, telling);
      await this.#options.plantBehindBatch?.(service, batch);
    });
    return told.kind === 'answered';
  }
}
