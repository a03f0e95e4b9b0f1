import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Row } from '../world/index.ts';
import type { Run } from './report.ts';

interface Panel {
  readonly title: string;
  readonly value: (row: Row) => number;
  /** Drawn once, for the deployed controller alone. */
  readonly isOfPlan?: true;
  readonly series?: string;
  /** For runs that differ by a factor of hundreds. */
  readonly isWide?: true;
}

const PANELS: readonly (readonly Panel[])[] = [
  [
    { title: 'requests/s', series: 'offered', value: (row) => row.offered, isOfPlan: true },
    { title: 'requests/s', series: 'served', value: (row) => row.served, isOfPlan: true },
  ],
  [
    { title: 'write units/s', series: 'used', value: (row) => row.writeUnits, isOfPlan: true },
    { title: 'write units/s', series: 'planned for', value: (row) => row.planned, isOfPlan: true },
  ],
  [{ title: 'shards', value: (row) => row.shards, isWide: true }],
  [{ title: 'throttled, % of requests', value: (row) => 100 * row.throttledShare }],
  [{ title: 'added latency, p99, ms', value: (row) => row.p99AddedMs, isWide: true }],
];
const WIDTH = 640;
const HEIGHT = 110;
/** Points of a line; longer runs are averaged. */
const POINTS_MAX = 300;

/** Load, capacity, shards, throttled share and added latency over time, as SVG. */
export async function drawRuns(title: string, runs: readonly Run[]): Promise<string> {
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: title, fontSize: 12, anchor: 'start' },
    background: 'white',
    resolve: { scale: { color: 'independent' } },
    vconcat: PANELS.map((panel) => panelOf(panel, runs)),
  };
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg}\n`;
}

function panelOf(panels: readonly Panel[], runs: readonly Run[]) {
  const values = panels.flatMap((panel) =>
    runs
      .filter(({ controller }) => panel.isOfPlan !== true || controller === 'plan')
      .flatMap((run) => thinned(run.rows).map((row) => pointOf(panel, run, row))),
  );
  return {
    width: WIDTH,
    height: HEIGHT,
    data: { values },
    mark: { type: 'line' as const, interpolate: 'linear' as const, strokeWidth: 1.3 },
    encoding: {
      x: { field: 'minutes', type: 'quantitative' as const, title: 'minutes' },
      y: {
        field: 'value',
        type: 'quantitative' as const,
        title: panels[0]?.title ?? '',
        scale: { type: panels[0]?.isWide === true ? ('symlog' as const) : ('linear' as const) },
      },
      color: { field: 'series', type: 'nominal' as const, title: null },
    },
  };
}

const pointOf = ({ series, value }: Panel, { controller }: Run, row: Row) => ({
  minutes: row.seconds / 60,
  value: Math.round(value(row) * 100) / 100,
  series: series ?? controller,
});

function thinned(rows: readonly Row[]): Row[] {
  const step = Math.ceil(rows.length / POINTS_MAX);
  return rows.filter((_, index) => index % step === 0);
}
