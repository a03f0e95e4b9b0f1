import { useEffect, useRef, useSyncExternalStore } from 'react';
import uPlot from 'uplot';
// The bundler writes it beside the script.
// oxlint-disable-next-line import/no-unassigned-import
import 'uplot/dist/uPlot.min.css';
import type { ChartText } from '../rules/index.ts';

// Pixels: three charts fit on a screen, and an axis has room for a date or a number of six digits.
const HEIGHT_PX = 180;
const AXIS_PX = 72;
/** Charts of one view share the cross-hair. */
const SYNC = 'history';
const COLORS = ['--line-1', '--line-2', '--line-3'];

interface ChartProps {
  readonly chart: ChartText;
  /** Starts of the steps, in seconds since 1970. */
  readonly starts: readonly number[];
  readonly isUtc: boolean;
}

/** Lines over time. Gaps are gaps; the cross-hair shows the numbers of a moment, and a drag zooms in. */
export function Chart({ chart, starts, isUtc }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const isDark = useDark();
  const plot = useRef<uPlot | undefined>(undefined);
  const { title, what, lines, text } = chart;
  const data = [[...starts], ...lines.map(({ values }) => [...values])] as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;
  const names = lines.map(({ name }) => name).join();
  // Made anew when its colours or lines change; new numbers only move its lines.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the numbers are set by the effect below
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const made = new uPlot(optionsOf(element, chart, isUtc), latest.current, element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [isDark, isUtc, names]);
  useEffect(() => plot.current?.setData(data));
  return (
    <figure className="chart" aria-label={`${title}, ${what}: ${saying(lines, text)}`} role="img">
      <figcaption>
        <strong>{title}</strong> <span className="quiet">{what}</span>
      </figcaption>
      <div ref={place} aria-hidden="true" />
    </figure>
  );
}

/** The last number of each line, for screen readers. */
function saying(lines: ChartText['lines'], text: ChartText['text']): string {
  return lines
    .map(({ name, values }) => {
      const last = values.findLast((value) => value !== null) ?? undefined;
      return `${name} ${last === undefined ? 'unknown' : text(last)}`;
    })
    .join(', ');
}

function optionsOf(element: HTMLElement, { lines, text, marks }: ChartText, isUtc: boolean): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name);
  const axis = {
    stroke: color('--quiet'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { stroke: color('--line'), width: 1 },
  };
  const font = `12px ${style.fontFamily}`;
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    cursor: { sync: { key: SYNC }, drag: { x: true, y: false } },
    ...(isUtc ? { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC') } : {}),
    scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
    axes: [
      { ...axis, font, values: TIMES },
      { ...axis, font, size: AXIS_PX, ...(marks && { incrs: [...marks] }), values: (_, at) => at.map(text) },
    ],
    series: [
      { label: 'time', value: '{YYYY}-{MM}-{DD} {HH}:{mm}' },
      ...lines.map(({ name }, index) => ({
        label: name,
        stroke: color(COLORS[index] ?? ''),
        width: 1.5,
        points: { show: false },
        value: (_: uPlot, value: number | null) => (value === null ? '–' : text(value)),
      })),
    ],
  };
}

// Seconds, the unit of the time axis.
const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;
/** Formats of the time axis by the distance of its marks: with 24 hours, and the date where the day changes. */
const TIMES: uPlot.Axis.Values = [
  [DAY, '{MM}-{DD}', null, null, null, null, null, null, 1],
  [HOUR, '{HH}:{mm}', '\n{MM}-{DD}', null, '\n{MM}-{DD}', null, null, null, 1],
  [MINUTE, '{HH}:{mm}', null, null, '\n{MM}-{DD}', null, null, null, 1],
];

/** Whether the page is dark now; its frame sets the class. */
const useDark = (): boolean =>
  useSyncExternalStore(
    (changed) => {
      const observer = new MutationObserver(changed);
      observer.observe(document.body, { attributeFilter: ['class'] });
      return () => observer.disconnect();
    },
    () => document.body.classList.contains('awsui-dark-mode'),
  );
