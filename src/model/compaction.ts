import type { EpochMs } from './brand.ts';
import { groupBy } from './group-by.ts';
import type { QueueId } from './ids.ts';
import { CELL_ID_LENGTH } from './ids.ts';
import { ARCHIVE_OBJECT_BYTES, COMPACTED_OBJECTS_MAX, SMALL_OBJECT_BYTES } from './limits.ts';
import type { ArchivedObject } from './rewind.ts';

/** Small objects of one queue and hour that become one. */
export interface Compaction {
  readonly queueId: QueueId;
  /** How the catalog lists the object that takes their place. */
  readonly into: ArchivedObject;
  /** Names of the objects whose place it takes. */
  readonly replaced: readonly string[];
  readonly preparedAtMs: EpochMs;
  /** From then on the catalog lists the new object in place of the others. */
  readonly appliedAtMs?: EpochMs;
}

/**
 * Chooses objects that may become one: small ones of one class and cell that no rewind has named, with nothing of
 * their queue between them, so that the range of changes which the new object covers touches no other.
 *
 * @param objects - all that the catalog lists of one queue and hour
 * @returns the first such group in the order of the feed, two objects at least; `undefined` when there is none
 */
export function planCompaction(objects: readonly ArchivedObject[]): readonly ArchivedObject[] | undefined {
  const places = groupBy(objects, ({ retention, object }) => `${retention}/${cellOfObject(object)}`);
  for (const all of places.values()) {
    const ordered = all.toSorted((one, other) => compare(positionOf(one.object), positionOf(other.object)));
    const group = firstGroup(ordered);
    if (group !== undefined) return group;
  }
  return undefined;
}

/** Name of the object that takes the place of others; `content` tells which. No other one has its number of zeros. */
export function compactedName(replaced: readonly string[], content: string): string {
  const first = replaced[0] ?? '';
  const path = first.slice(0, first.lastIndexOf('/') + 1);
  const zeros = 1 + Math.max(...replaced.map((name) => (/^0*/.exec(digitsOf(name))?.[0] ?? '').length));
  return `${path}${cellOfObject(first)}-${'0'.repeat(zeros)}${positionOf(first)}-${content}`;
}

/** The cell of an archive object: cell ids are of two characters, and may hold the dash that follows them. */
export function cellOfObject(name: string): string {
  const basename = basenameOf(name);
  return basename.slice(0, basename.indexOf('-', CELL_ID_LENGTH));
}

function firstGroup(ordered: readonly ArchivedObject[]): readonly ArchivedObject[] | undefined {
  let group: ArchivedObject[] = [];
  let bytes = 0;
  for (const object of ordered) {
    const isSmall = object.byteCount < SMALL_OBJECT_BYTES && object.isRewound !== true;
    const isFull = group.length >= COMPACTED_OBJECTS_MAX || bytes + object.byteCount > ARCHIVE_OBJECT_BYTES;
    if (group.length >= 2 && (!isSmall || isFull)) return group;
    if (!isSmall || isFull) {
      group = [];
      bytes = 0;
    }
    if (!isSmall) continue;
    group.push(object);
    bytes += object.byteCount;
  }
  return group.length >= 2 ? group : undefined;
}

const basenameOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

const digitsOf = (name: string): string => /^\d+/.exec(basenameOf(name).slice(CELL_ID_LENGTH + 1))?.[0] ?? '0';

/** The first change that an object covers, as its name tells it. */
const positionOf = (name: string): bigint => BigInt(digitsOf(name));

const compare = (one: bigint, other: bigint): number => (one < other ? -1 : one > other ? 1 : 0);
