import { RENEWAL_JITTER } from '../../../src/engine/memory/index.ts';
import { ROUTE_FRESH_MS } from '../../../src/model/limits.ts';
import { PARTITION_READ_UNITS, type Scenario } from '../world/index.ts';
import type { Figures, Run } from './report.ts';

/** A target of a scenario, and whether it was met. */
export interface Verdict {
  readonly what: string;
  readonly isMet: boolean;
}

const FAILED_SHARE_MAX = 1e-4;
const SHARD_HOURS_FACTOR = 1.3;
const NEIGHBOURS_SHARE_MIN = 0.97;
const DECIDED_MS_MAX = 20_000;
const IN_EFFECT_MS_MAX = 60_000;

/** The deployed controller's targets, by scenario; splits in time in all of them, if there is a controller. */
export function verdictsOf(scenario: Scenario, runs: readonly Run[]): Verdict[] {
  const plan = runs.find(({ controller }) => controller === 'plan');
  const oracle = runs.find(({ controller }) => controller === 'oracle');
  if (plan === undefined) return [];
  const fewShardsIfKnown = oracle === undefined ? [] : [fewShards(plan, oracle)];
  switch (scenario.name) {
    case 'headline':
      return [fewFailed(plan), ...fewShardsIfKnown, soon(plan), versionsRead(plan)];
    case 'noisy':
      return [neighboursServed(plan), soon(plan)];
    case 'night':
      return [fewFailed(plan), soon(plan)];
    case 'dead-controller':
      return [];
    default:
      return [soon(plan)];
  }
}

function fewFailed(plan: Run): Verdict {
  const share = plan.failed / plan.requests;
  return {
    what: `${(100 * share).toPrecision(2)} % of requests failed, at most 0.01 %`,
    isMet: share <= FAILED_SHARE_MAX,
  };
}

function fewShards(plan: Run, oracle: Run): Verdict {
  const factor = plan.shardHours / oracle.shardHours;
  return {
    what: `${factor.toFixed(2)} times the oracle's shard-hours, at most 1.3`,
    isMet: factor <= SHARD_HOURS_FACTOR,
  };
}

function soon({ decidedAfterMs, inEffectAfterMs, fullCount }: Run): Verdict {
  if (fullCount === 0) return { what: 'shards never passed 80 % of what their keys take', isMet: true };
  const [decided, inEffect] = [decidedAfterMs, inEffectAfterMs].map((ms) => `${ms / 1_000} s`);
  const what = `splits decided ${decided} after passing 80 %, at most 20 s; in effect after ${inEffect}, at most 60 s`;
  return {
    what: `${what} (the worst of ${fullCount})`,
    isMet: decidedAfterMs <= DECIDED_MS_MAX && inEffectAfterMs <= IN_EFFECT_MS_MAX,
  };
}

/** Each process reads the version of a queue that it serves once a renewal: a read unit of one key of the catalog. */
function versionsRead({ peakProcesses }: Run): Verdict {
  const renewalMs = ROUTE_FRESH_MS * (1 - RENEWAL_JITTER / 2);
  const perSecond = Math.ceil((peakProcesses * 1_000) / renewalMs);
  return {
    what: `${perSecond} reads a second of the queue's version by ${peakProcesses} processes, at most 3,000`,
    isMet: perSecond <= PARTITION_READ_UNITS,
  };
}

function neighboursServed({ groups }: Run): Verdict {
  const { requests = 1, failed = 0 }: Partial<Figures> = groups['neighbours'] ?? {};
  const served = 1 - failed / requests;
  return {
    what: `neighbours keep ${(100 * served).toFixed(3)} % of their throughput, at least 97 %`,
    isMet: served >= NEIGHBOURS_SHARE_MIN,
  };
}
