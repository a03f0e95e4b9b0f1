/**
 * Records of the catalog that several steps share: holds, barriers, purges, rewinds, and walks over them.
 * Everything that goes over many records pages through `everyRecord` or `walkRecords`.
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
export { refuseWhileNamed, sourcesOf } from './dead-letter-sources.ts';
export { everyQueue, everyRecord } from './every-record.ts';
export { changeHold, followHeld, notePurged, readHold } from './holds.ts';
export { keptQueue } from './kept-queue.ts';
export { purgesOf, shardsOffRoute } from './purge-records.ts';
export { noteRemoval } from './removed-shards.ts';
export {
  changeRewind,
  getRewind,
  isRewinding,
  listRewinds,
  noteUnfinished,
  recordRewind,
  removeOldRewinds,
  unfinishedRewinds,
} from './rewind-records.ts';
export { withFreeNumbers } from './shard-numbers.ts';
export { checkFormat, noteFormat } from './stored-format.ts';
export { walkRecords } from './walk-records.ts';
