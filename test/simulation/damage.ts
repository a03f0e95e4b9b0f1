import { type Block, payloadObjectName } from '../../src/model/block.ts';
import type { BlockId } from '../../src/model/ids.ts';
import type { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import type { Deployment } from './world.ts';

const FLIPS = 3;
const PAUSE_MS_MAX = 20_000;
/** Looks for something that is stored already, before a flip is left out. */
const TRIES = 20;

/** A disk that flips bits: now and then one of a stored block, or of a payload object, while others work. */
export class Damage {
  readonly #deployment: Deployment;
  readonly #random: SeededRandom;
  #isOver = false;

  constructor(deployment: Deployment, random: SeededRandom) {
    this.#deployment = deployment;
    this.#random = random;
  }

  async run(): Promise<void> {
    for (let flip = 0; flip < FLIPS && !this.#isOver; flip++) {
      await this.#deployment.sleep(this.#random.below(PAUSE_MS_MAX));
      for (let tries = 0; tries < TRIES && !this.#isOver && !this.#flip(); tries++) await this.#deployment.sleep(500);
    }
  }

  stop(): void {
    this.#isOver = true;
  }

  /** False when nothing is stored. Readers that have the bytes already keep them as they were. */
  #flip(): boolean {
    const { blocks, objects } = this.#deployment.world;
    const { watch } = this.#deployment.auditor;
    const all = [...blocks.values()].filter(({ id }) => watch.messagesOf(id).length > 0);
    if (all.length === 0) return false;
    const block = this.#random.pick(all);
    if ('payload' in block) {
      const payload = this.#flipped(block.payload, this.#random.below(block.payload.length));
      blocks.set(block.id, { ...block, payload });
      this.#note(block.id, { first: 0, messageCount: block.messageCount });
      return true;
    }
    const name = payloadObjectName(block.id);
    const bytes = objects.get(name);
    if (bytes === undefined) return false;
    const at = this.#random.below(bytes.length);
    objects.set(name, this.#flipped(bytes, at));
    this.#note(block.id, frameAt(block, at));
    return true;
  }

  #flipped(bytes: Uint8Array, at: number): Uint8Array {
    const copy = bytes.slice();
    copy[at] = (copy[at] ?? 0) ^ (1 << this.#random.below(8));
    return copy;
  }

  #note(block: BlockId, { first, messageCount }: { first: number; messageCount: number }): void {
    const messages = this.#deployment.auditor.watch.messagesOf(block).slice(first, first + messageCount);
    for (const message of messages) message.isDamaged = true;
    this.#deployment.count('damage');
    this.#deployment.trace(`a bit of ${block} flips, of ${messages.map(({ id }) => id).join(', ')}`);
  }
}

/** The messages of the frame that holds a byte of a payload object: so much is damaged, and no more. */
function frameAt({ frames }: Extract<Block, { frames: unknown }>, at: number): { first: number; messageCount: number } {
  let first = 0;
  let end = 0;
  for (const { messageCount, bytes } of frames) {
    end += bytes;
    if (at < end) return { first, messageCount };
    first += messageCount;
  }
  throw new RangeError(`the frames end before byte ${at}`);
}
