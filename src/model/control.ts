import type { EpochMs } from './brand.ts';
import type { Action } from './plan.ts';

/** Who may control until when: one run at a time, though two at once do no harm. */
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
}

/** A shard that was taken off its queue's route, empty; it is looked at for a day. */
export interface RemovedShard {
  readonly queueName: string;
  readonly atMs: EpochMs;
}

export const DECISIONS_KEPT = 50;

export const withDecision = (trail: DecisionTrail | undefined, decision: Decision): DecisionTrail => ({
  decisions: [...(trail?.decisions ?? []), decision].slice(-DECISIONS_KEPT),
});

/** What an action does, in few words. */
export function whatOf(action: Action): string {
  if (action.kind === 'split')
    return `adds ${action.cells.length} shards in cells ${[...new Set(action.cells)].join(', ')}`;
  if (action.kind === 'merge') return `drains ${action.shards.join(', ')}`;
  if (action.kind === 'warm') return `asks for ${action.writeUnits} write units a second`;
  return action.moves.map(({ shard, to }) => `${shard} to cell ${to}`).join(', ');
}
