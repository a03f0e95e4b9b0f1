import { OpenSlice } from '../../../src/engine/memory/slice-reader.ts';
import { decodeArchiveIndex } from '../../../src/model/archive-object.ts';
import { messageId } from '../../../src/model/message-id.ts';
import type { SeededRandom } from '../../../src/stores/simulated/seeded-random.ts';
import type { RewindWorld } from './world.ts';

const FLIPS = 3;
const PAUSE_MS_MAX = 40_000;

/** A disk that flips bits of the archive: in the head of a slice, of which no rewind knows then, or in a payload. */
export class ArchiveDamage {
  readonly #world: RewindWorld;
  readonly #random: SeededRandom;
  flipCount = 0;

  constructor(world: RewindWorld, random: SeededRandom) {
    this.#world = world;
    this.#random = random;
  }

  async run(): Promise<void> {
    for (let flip = 0; flip < FLIPS; flip++) {
      await this.#world.sleep(this.#random.below(PAUSE_MS_MAX));
      this.#flip();
    }
  }

  /** Each object is struck once: a second flip could undo the first. */
  #flip(): void {
    const { witness, world, intact } = this.#world;
    const objects = [...world.objects].filter(([name]) => name.startsWith('archive/') && !intact.has(name));
    if (objects.length === 0) return;
    const [name, bytes] = this.#random.pick(objects);
    const { slices } = decodeArchiveIndex(bytes);
    if (slices.length === 0) return;
    const { offset, length } = this.#random.pick(slices);
    const slice = new OpenSlice(bytes.subarray(offset, offset + length));
    const { from, end, first, count } = this.#random.pick(regionsOf(slice));
    const damaged = bytes.slice();
    const at = offset + from + this.#random.below(end - from);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << this.#random.below(8));
    intact.set(name, bytes);
    world.objects.set(name, damaged);
    for (const { origin, index } of slice.messages.slice(first, first + count)) {
      witness.unreadable.add(messageId(origin, index));
      if (from === 0) witness.unknown.add(messageId(origin, index));
    }
    this.flipCount++;
    this.#world.trace(`a bit of ${name} flips, at ${at}, of ${count} messages`);
  }
}

interface Region {
  /** Bytes of the slice. */
  readonly from: number;
  readonly end: number;
  /** The messages that cannot be read when a bit of it flips. */
  readonly first: number;
  readonly count: number;
}

/** The head, of all messages, and each chunk. */
function regionsOf({ head, messages }: OpenSlice): Region[] {
  const regions: Region[] = [{ from: 0, end: head.headBytes, first: 0, count: messages.length }];
  let from = head.headBytes;
  let first = 0;
  for (const { bytes, messageCount } of head.chunks) {
    if (bytes > 0) regions.push({ from, end: from + bytes, first, count: messageCount });
    from += bytes;
    first += messageCount;
  }
  return regions;
}
