import * as z from 'zod/mini';
import { type Decision, whatOf } from '../../model/control.ts';
import type { CellId, ShardId } from '../../model/ids.ts';
import type { Action } from '../../model/plan/index.ts';
import { instant, oneOf, text } from './fields.ts';
import { isoTime } from './times.ts';

const kind = () => oneOf(['split', 'merge', 'relocate', 'isolate', 'weigh', 'warm']);

/** A change that the controller would make now. */
export const PlannedView = z.object({ kind: kind(), what: text(), cause: text() });
/** A change that the controller made. */
export const DecisionView = z.object({ at: instant(), kind: kind(), what: text(), cause: text() });

export const renderPlanned = (action: Action): z.output<typeof PlannedView> => ({
  kind: action.kind,
  what: whatOf(action),
  cause: action.cause,
});

export const renderDecision = ({ atMs, kind, what, cause }: Decision): z.output<typeof DecisionView> => ({
  at: isoTime(atMs),
  kind,
  what,
  cause,
});

/** Ids in answers never begin with `-`, which command lines take for an option. */
export const renderShardId = (id: ShardId): string => `s${id}`;
export const renderCellId = (id: CellId): string => `c${id}`;

/** A rate, with one decimal. */
export const rate = () => z.number().check(z.minimum(0));
export const renderRate = (perSecond: number): number => Math.round(10 * perSecond) / 10;
