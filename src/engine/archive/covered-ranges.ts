import { sequence } from '../../model/change.ts';
import { cellOfObject } from '../../model/compaction.ts';
import { groupBy } from '../../model/group-by.ts';
import type { ArchivedObject } from '../../model/rewind.ts';

interface Range {
  readonly first: string;
  readonly last: string;
  readonly record: ArchivedObject;
  /** The greatest last change of this one and of all before it. */
  readonly lastOfAll: string;
}

/**
 * Which changes the objects of a cell and an hour cover. Objects overlap if a batch of the feed was repeated in other
 * pieces. Then the object that was listed first counts, which never changes.
 */
export class CoveredRanges {
  /** By cell and hour, in the order of their first changes. */
  readonly #byCellHour = new Map<string, Range[]>();

  constructor(records: readonly ArchivedObject[]) {
    for (const [cellHour, some] of groupBy(records, (record) => cellHourOf(record, 0))) {
      const ranges = some
        .map((record) => ({ first: sequence(record.covers[0]), last: sequence(record.covers[1]), record }))
        .toSorted((one, other) => (one.first < other.first ? -1 : 1));
      let lastOfAll = '';
      const withLast = ranges.map((range) => {
        if (range.last > lastOfAll) lastOfAll = range.last;
        return { ...range, lastOfAll };
      });
      this.#byCellHour.set(cellHour, withLast);
    }
  }

  /** Names of the objects that overlap this one and were listed before it. */
  before(record: ArchivedObject): string[] {
    const first = sequence(record.covers[0]);
    const last = sequence(record.covers[1]);
    const names: string[] = [];
    // A batch may begin in the hour before.
    for (const hours of [-1, 0, 1]) {
      const ranges = this.#byCellHour.get(cellHourOf(record, hours)) ?? [];
      for (let at = countUpTo(ranges, last) - 1; at >= 0; at--) {
        const range = ranges[at];
        if (range === undefined || range.lastOfAll < first) break;
        if (range.last >= first && isListedBefore(range.record, record)) names.push(range.record.object);
      }
    }
    return names;
  }
}

/** How many ranges begin at a change or before it. */
function countUpTo(ranges: readonly Range[], last: string): number {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.first ?? '') <= last) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The cell and the hour of an object, or an hour near it. */
function cellHourOf({ object }: ArchivedObject, hours: number): string {
  const [, , hour = ''] = object.split('/');
  return `${cellOfObject(object)}/${Number(hour) + hours}`;
}

const isListedBefore = (one: ArchivedObject, other: ArchivedObject): boolean =>
  one.listedAtMs === other.listedAtMs ? one.object < other.object : one.listedAtMs < other.listedAtMs;
