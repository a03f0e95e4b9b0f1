import type { CellStatus } from '../../model/control.ts';
import { type CellId, cellOfShard, queueOfRecord, type ShardId } from '../../model/ids.ts';
import type { Queue } from '../../model/queue.ts';
import type { CellTables } from '../../ports/cell-tables.ts';
import { everyRecord } from '../records/index.ts';
import type { Queues, Using } from '../service.ts';

export interface LeavingCell {
  readonly cell: CellId;
  /** What was noted of the cell before. */
  readonly known: CellStatus | undefined;
}

/**
 * Checks whether a leaving cell that no route names is empty, and since when. No record may lead back to one of its
 * shards, and its table must be empty. Anything found restarts the time.
 *
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: the records of deleted queues and removed shards, and one read of the table.
 */
export async function lookIfEmpty(
  service: Queues,
  tables: Pick<CellTables, 'isEmpty'>,
  leaving: LeavingCell,
): Promise<Pick<CellStatus, 'emptySinceMs' | 'keptBy'>> {
  const keptBy = await whoNames(service, leaving.cell);
  if (keptBy !== undefined) return { keptBy };
  if (!(await tables.isEmpty(leaving.cell))) return { keptBy: 'its table is not empty' };
  return { emptySinceMs: leaving.known?.emptySinceMs ?? service.clock.nowMs() };
}

/** Describes the first record that may lead back to a shard of the cell. */
async function whoNames(service: Queues, cell: CellId): Promise<string | undefined> {
  const isHere = ({ id }: { readonly id: ShardId }) => cellOfShard(id) === cell;
  for await (const { value } of everyRecord(service, 'deletedQueue')) {
    if (value.route.shards.some(isHere)) return `what the deleted queue ${value.name} held is not discarded yet`;
  }
  for await (const { name, value } of everyRecord(service, 'purge')) {
    if (!value.shards.some(isHere)) continue;
    return `a purge of queue ${await nameFor(service, name)} is not discarded yet`;
  }
  for await (const { name } of everyRecord(service, 'removedShard')) {
    const [, shard] = name.split('/') as [Queue['id'], ShardId];
    if (isHere({ id: shard })) return `a shard of queue ${await nameFor(service, name)} was removed within a day`;
  }
  return undefined;
}

/** The name of the queue that a record belongs to. */
const nameFor = async (service: Using<'routes'>, record: string): Promise<string> =>
  (await service.routes.nameOf(queueOfRecord(record))) ?? queueOfRecord(record);
