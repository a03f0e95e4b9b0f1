import * as z from 'zod/mini';
import { lookAtCells } from '../../../engine/index.ts';
import { numberOf } from '../../../model/ids.ts';
import { action } from '../action.ts';
import {
  DecisionView,
  PlannedView,
  rate,
  renderCellId,
  renderDecision,
  renderPlanned,
  renderRate,
} from '../control-view.ts';
import { oneOf, text, wholeNumber } from '../fields.ts';

const count = () => wholeNumber(0, Number.MAX_SAFE_INTEGER);

const CellView = z.object({
  id: text(),
  /** The number in the settings of the deployment. */
  number: count(),
  state: oneOf(['open', 'leaving']),
  /** The limit of its table; absent without a limit, or before the controller has asked. */
  writeUnitsPerSecondMax: z.optional(count()),
  openShards: count(),
  drainingShards: count(),
  /** Whether its table may be taken out of the deployment, and why. */
  removable: z.boolean(),
  why: text(),
  load: z.object({
    writeUnitsPerSecond: rate(),
    readUnitsPerSecond: rate(),
    throttlesPerSecond: rate(),
    failuresPerSecond: rate(),
  }),
  planned: z.array(PlannedView),
  decisions: z.array(DecisionView),
});

export const listCellsAction = action({
  id: 'listCells',
  method: 'GET',
  path: '/cells',
  summary: 'Show the cells of the deployment, what they take, and what the controller does about it',
  input: {},
  answers: { 200: z.object({ cells: z.array(CellView) }) },
  async answer({ service }) {
    const cells = await lookAtCells(service);
    return {
      status: 200,
      body: {
        cells: cells.map(({ cell, status, removal, load, planned, decisions }): z.output<typeof CellView> => {
          const { writeUnitsMax, openShards, drainingShards } = status;
          return {
            id: renderCellId(cell.id),
            number: numberOf(cell.id),
            state: cell.state,
            ...(writeUnitsMax === undefined ? {} : { writeUnitsPerSecondMax: writeUnitsMax }),
            openShards,
            drainingShards,
            removable: removal.isRemovable,
            why: removal.why,
            load: {
              writeUnitsPerSecond: renderRate(load.writeUnits),
              readUnitsPerSecond: renderRate(load.readUnits),
              throttlesPerSecond: renderRate(load.throttles),
              failuresPerSecond: renderRate(load.failures),
            },
            planned: planned.map(renderPlanned),
            decisions: decisions.map(renderDecision),
          };
        }),
      },
    };
  },
});
