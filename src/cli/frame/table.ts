import CliTable from 'cli-table3';

interface Rendering {
  readonly columns: readonly { readonly title: string; readonly isRight?: true; readonly grows?: true }[];
  /** Plain texts, for their widths. */
  readonly cells: readonly (readonly string[])[];
  readonly styled: readonly (readonly string[])[];
  /** Of the terminal. */
  readonly width: number;
  readonly styleOfTitles: (text: string) => string;
}

/** Spaces between two columns. */
const GAP = 2;
/** The column that takes the rest of the line keeps this many columns on a narrow terminal. */
const GROWING_WIDTH_MIN = 10;
const PARTS = ['top', 'bottom', 'left', 'right'].flatMap((side) => [
  side,
  `${side}-mid`,
  `${side}-left`,
  `${side}-right`,
]);
const NO_FRAME = Object.fromEntries([...PARTS, 'mid', 'mid-mid', 'middle'].map((part) => [part, '']));

/** A table without frames. The growing column takes what the others leave of the line. */
export function renderTable({ columns, cells, styled, width, styleOfTitles }: Rendering): string {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const fixed = columns.reduce((sum, { grows }, index) => sum + (grows ? 0 : (widths[index] ?? 0) + GAP), 0);
  const growing = Math.max(GROWING_WIDTH_MIN, width - fixed);
  const table = new CliTable({
    head: columns.map(({ title }) => styleOfTitles(title)),
    chars: NO_FRAME,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': GAP },
    colAligns: columns.map(({ isRight }) => (isRight ? 'right' : 'left')),
    colWidths: columns.map(({ grows }, index) => (grows ? growing : (widths[index] ?? 0) + GAP)),
  });
  table.push(...styled.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
