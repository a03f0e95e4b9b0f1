/**
 * Records of the catalog that several steps share: queues, holds, barriers, purges, rewinds, and walks over them.
 * There is one way to change a record, `changeRecord`, and one to page over records, `recordPages`.
 */

export {
  newBarriers,
  notePassages,
  passages,
  passBarrier,
  passBarriers,
  putBarriers,
  removeBarriers,
} from './barrier.ts';
export { changeRecord, tryChangeRecord } from './change-record.ts';
export { refuseWhileNamed, sourcesOf } from './dead-letter-sources.ts';
export { everyQueue, everyRecord, recordPages } from './every-record.ts';
export { followCursor } from './follow-cursor.ts';
export { changeHold, followHeld, holdsInObject, holdsOnSlice, notePurged, putHold, readHold } from './holds.ts';
export { keptQueue } from './kept-queue.ts';
export { purgesOf, shardsOffRoute } from './purge-records.ts';
export { changeQueue, getQueue, getTarget, notChanged } from './queue-records.ts';
export { noteRemoval, removedShardsOf } from './removed-shards.ts';
export {
  changeRewind,
  getRewind,
  isRewinding,
  listAllRewinds,
  listRewinds,
  noteUnfinished,
  recordRewind,
  removeOldRewinds,
  unfinishedRewinds,
} from './rewind-records.ts';
export { withFreeNumbers } from './shard-numbers.ts';
export { checkFormat, noteFormat } from './stored-format.ts';
export { walkRecords } from './walk-records.ts';
