/**
 * What a batch of the feed consumed, the archive objects it becomes, and the catalog's list of them.
 * Blocks leave here, and only behind their archive object.
 */

export { applyCompaction, compactionName, queuesOf, sweepCompactions } from './apply-compaction.ts';
export { type ArchiveUnit, type Consumed, ObjectBuilder } from './archive-builder.ts';
export { listArchived, messageKeysIn } from './archive-list.ts';
export { archivedObject, listingName, writeArchive } from './archive-writer.ts';
export { finishMessages, groupByBlock } from './block-cleanup.ts';
export { consumptionOf, readConsumed, readNoted, splitBySize } from './consumed.ts';
export { CoveredRanges } from './covered-ranges.ts';
export { markRewound } from './mark-rewound.ts';
