import { alarmRules } from '../alarms.ts';
import { readMeasured } from '../cost/measured.ts';
import { type Bill, monthOf, type PricedDeployment, total } from '../cost/month.ts';
import { hasEndpoints, type Settings } from '../settings.ts';

/** No message: the workload does not matter. */
const IDLE = { messages: 0, batch: 1, workload: '100B-1x1', waiting: 0 };

/** The settings that decide the price. */
export function pricedDeployment(settings: Settings): PricedDeployment {
  const { cells, removedCells = [], accessKeys, encryption, frontDoor, tracing } = settings;
  const apiId = frontDoor === 'http-api' ? 'api' : undefined;
  return {
    cells: cells - removedCells.length,
    alarms: alarmRules({ settings, apiId }).length,
    keys: [accessKeys || hasEndpoints(settings), encryption === 'customer-key'].filter(Boolean).length,
    frontDoor,
    isTraced: tracing,
  };
}

/** What a deployment costs a month before the first message, in US dollars. */
export const monthlyBasePrice = (settings: Settings): number => total(idleMonth(settings));

const idleMonth = (settings: Settings): Bill => monthOf(readMeasured(), pricedDeployment(settings), IDLE);
