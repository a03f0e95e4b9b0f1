import { type EpochMs, isoText } from './brand.ts';
import { CELL_EMPTY_MS_MIN } from './limits.ts';
import type { Action, PlanCell } from './plan/index.ts';

/** The run that controls, and until when: one at a time, though two at once do no harm. */
export interface ControlLease {
  readonly holder: string;
  readonly untilMs: EpochMs;
}

/** What the controller did, when and why. */
export interface Decision {
  readonly atMs: EpochMs;
  readonly kind: Action['kind'];
  /** Shards added and drained, or write units asked for. */
  readonly what: string;
  readonly cause: string;
}

/** The last decisions about a queue or a cell; newest last. */
export interface DecisionTrail {
  readonly decisions: readonly Decision[];
}

/** A cell as the controller last saw it. */
export interface CellStatus {
  /** Absent where nothing limits it. */
  readonly writeUnitsMax?: number;
  readonly openShards: number;
  readonly drainingShards: number;
  /** Of a leaving cell: since when its table is empty, and no record names a shard of it. */
  readonly emptySinceMs?: EpochMs;
  /** Of a leaving cell without shards: why it is not empty. */
  readonly keptBy?: string;
}

/** Whether a cell's table may be taken out of the deployment, and in words why. */
export interface Removal {
  readonly isRemovable: boolean;
  readonly why: string;
}

/**
 * Whether a cell may be removed: it is leaving, and has been empty for as long as its stream keeps records, so that all
 * that was deleted there is archived.
 */
export function removalOf(cell: CellLook, nowMs: EpochMs): Removal {
  const { state, shardCount, emptySinceMs, keptBy } = cell;
  if (state === 'open') return { isRemovable: false, why: 'it is open; leavingCells does not name it' };
  if (shardCount > 0) return { isRemovable: false, why: `routes name ${shardCount} shards in it` };
  if (keptBy !== undefined) return { isRemovable: false, why: keptBy };
  if (emptySinceMs === undefined)
    return { isRemovable: false, why: 'the controller has not looked whether it is empty' };
  const since = `it has been empty since ${isoText(emptySinceMs)}`;
  const isRemovable = nowMs - emptySinceMs >= CELL_EMPTY_MS_MIN;
  return { isRemovable, why: isRemovable ? since : `${since}; its stream keeps records for a day` };
}

interface CellLook extends Pick<CellStatus, 'emptySinceMs' | 'keptBy'> {
  readonly state: PlanCell['state'];
  /** Shards of it that routes name now. */
  readonly shardCount: number;
}

/** A shard that was taken off its queue's route, empty; it is looked at for a day. */
export interface RemovedShard {
  readonly atMs: EpochMs;
}

/** The last decisions of a queue's trail: what a person reads, in a small record. */
export const DECISIONS_KEPT = 50;

export const withDecisions = (trail: DecisionTrail | undefined, decisions: readonly Decision[]): DecisionTrail => ({
  decisions: [...(trail?.decisions ?? []), ...decisions].slice(-DECISIONS_KEPT),
});

/** What an action does, in few words. */
export function whatOf(action: Action): string {
  if (action.kind === 'split')
    return `adds ${action.cells.length} shards in cells ${[...new Set(action.cells)].join(', ')}`;
  if (action.kind === 'merge') return `drains ${action.shards.join(', ')}`;
  if (action.kind === 'weigh') return action.weights.map(({ shard, weight }) => `${shard} weighs ${weight}`).join(', ');
  if (action.kind === 'warm') return `asks for ${action.writeUnits} write units a second`;
  return action.moves.map(({ shard, to }) => `${shard} to cell ${to}`).join(', ');
}
