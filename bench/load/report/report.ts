import { runAggregate } from '../aggregate/index.ts';
import type { ControllerName, Decision, Row, Scenario } from '../world/index.ts';

export interface Figures {
  readonly requests: number;
  readonly failed: number;
  readonly throttled: number;
  readonly p99AddedMs: number;
}

/** One scenario under one controller. */
export interface Run extends Figures {
  readonly controller: ControllerName;
  readonly shardHours: number;
  readonly peakShards: number;
  /** Processes of all functions at most, idle ones included. */
  readonly peakProcesses: number;
  readonly writeUnits: number;
  readonly rows: readonly Row[];
  readonly groups: Readonly<Record<string, Figures>>;
  readonly decisions: readonly Decision[];
  /** Longest time from nearly full shards to a decision, and until they are no longer nearly full. */
  readonly decidedAfterMs: number;
  readonly inEffectAfterMs: number;
  /** How often that happened. */
  readonly fullCount: number;
}

export const CONTROLLERS: readonly ControllerName[] = ['plan', 'fixed1', 'fixed64', 'oracle'];
const SEED = 20_261_122;

export function runScenario(scenario: Scenario, controller: ControllerName): Run {
  const { recorder, decisions, splits } = runAggregate(scenario, { controller, seed: SEED });
  const { figures, rows, groups } = recorder;
  const { decidedAfterMs, inEffectAfterMs, fullCount } = splits;
  return {
    controller,
    ...figures,
    rows,
    groups: Object.fromEntries(groups),
    decisions,
    decidedAfterMs,
    inEffectAfterMs,
    fullCount,
  };
}

/** The contents of the file. */
export const figuresOf = (scenario: Scenario, runs: readonly Run[]) => ({
  scenario: scenario.name,
  runs: runs.map(({ controller, requests, failed, throttled, p99AddedMs, shardHours, peakShards }) => {
    return { controller, requests, failed, throttled, p99AddedMs: Math.round(p99AddedMs), shardHours, peakShards };
  }),
});

/** The figures as a table, a line for each run and each group of requests. */
export function* tableOf(runs: readonly Run[]): Iterable<string> {
  yield '| controller | requests | failed | throttled | p99 added | shard-hours | peak shards |';
  yield '| --- | ---: | ---: | ---: | ---: | ---: | ---: |';
  for (const run of runs) {
    yield `| ${run.controller} | ${cells(run)} | ${run.shardHours.toFixed(1)} | ${run.peakShards} |`;
    for (const [name, figures] of Object.entries(run.groups))
      yield `| ${run.controller}: ${name} | ${cells(figures)} | | |`;
  }
}

const cells = ({ requests, failed, throttled, p99AddedMs }: Figures): string =>
  [whole(requests), share(failed, requests), share(throttled, requests), `${whole(p99AddedMs)} ms`].join(' | ');

const whole = (count: number): string => Math.round(count).toLocaleString('en-US');

/** In percent with two significant digits, so that one in a million differs from none. */
function share(part: number, all: number): string {
  if (part === 0 || all === 0) return '0';
  return `${Number(((100 * part) / all).toPrecision(2))} %`;
}
