import pc from 'picocolors';
import { durationText } from '../rules/durations.ts';
import { numberText } from '../rules/numbers.ts';
import { jsonLine, visible, visibleLine } from '../rules/visible.ts';
import type { Io, Out } from './io.ts';

export type Colors = ReturnType<typeof pc.createColors>;

/** Writes values for a person or for a program. */
export interface Show {
  readonly colors: Colors;
  readonly time: (iso: string | undefined) => string;
  readonly duration: (ms: number | undefined) => string;
  readonly number: (number: number | undefined) => string;
}

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row, show: Show) => string;
  readonly isRight?: true;
  /** Takes the rest of the line, and is cut there. */
  readonly grows?: true;
  /** Colours the finished text. */
  readonly style?: (row: Row, colors: Colors) => (text: string) => string;
}

export interface OutputOptions {
  readonly json?: true;
  readonly quiet?: true;
  readonly utc?: true;
}

/** `NO_COLOR` and a dumb terminal switch colours off. */
const hasColors = ({ isTerminal }: Out, { environment }: Io): boolean =>
  isTerminal && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';

/**
 * Data goes to stdout, notes for a person go to stderr. A terminal gets tables, a pipe gets tab-separated lines, and
 * `--json` gets JSON.
 */
export class Output {
  readonly isJson: boolean;
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly colors: Colors;
  readonly show: Show;
  readonly #io: Io;
  readonly #options: OutputOptions;

  constructor(io: Io, options: OutputOptions) {
    this.#io = io;
    this.#options = options;
    this.isJson = options.json === true;
    this.isTerminal = io.stdout.isTerminal && !this.isJson;
    this.columns = io.stdout.columns;
    this.colors = pc.createColors(hasColors(io.stdout, io));
    this.show = this.isTerminal ? forPeople(this.colors, options.utc === true) : forPrograms(this.colors);
  }

  /** One JSON value on a line. */
  json(value: unknown): Promise<void> {
    return this.#io.stdout.write(`${jsonLine(value)}\n`);
  }

  /** A finished line of data. */
  line(text: string): Promise<void> {
    return this.#io.stdout.write(`${text}\n`);
  }

  /** A body: as it is for a program, harmless on a terminal. */
  body(text: string): Promise<void> {
    return this.#io.stdout.write(`${this.safe(text)}\n`);
  }

  /** Text for a styled line: harmless on a terminal. */
  safe(text: string): string {
    return this.#io.stdout.isTerminal ? visible(text) : text;
  }

  bytes(bytes: Uint8Array): Promise<void> {
    return this.#io.stdout.write(bytes);
  }

  /** Rows as a table, as tab-separated lines without titles, or as JSON lines. */
  async list<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): Promise<void> {
    if (this.isJson) for (const row of rows) await this.json(row);
    else if (!this.isTerminal) for (const row of rows) await this.line(this.#cells(row, columns).join('\t'));
    else if (rows.length > 0) await this.line(await this.table(rows, columns));
  }

  /** One thing: a line for each of its properties, or one JSON object. */
  async record<Row>(row: Row, columns: readonly Column<Row>[]): Promise<void> {
    if (this.isJson) return await this.json(row);
    const width = Math.max(...columns.map(({ title }) => title.length));
    const cells = this.#cells(row, columns);
    const lines = columns.flatMap(({ title, style }, index) => {
      const text = cells[index] ?? '';
      const styled = style?.(row, this.colors)(text) ?? text;
      if (!this.isTerminal) return [`${title}\t${text}`];
      return text === '' ? [] : [`${this.colors.dim(title.padEnd(width))}  ${styled}`];
    });
    await this.line(lines.join('\n'));
  }

  /** A table without frames, as wide as the terminal. */
  async table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): Promise<string> {
    const { renderTable } = await import('./table.ts');
    const cells = rows.map((row) => this.#cells(row, columns));
    const styled = (row: Row, texts: readonly string[]) =>
      texts.map((text, index) => columns[index]?.style?.(row, this.colors)(text) ?? text);
    return renderTable({
      columns,
      cells,
      styled: rows.map((row, index) => styled(row, cells[index] ?? [])),
      width: this.columns,
      styleOfTitles: this.colors.dim,
    });
  }

  /** A note for a person; `--quiet` leaves it out. */
  async say(text: string): Promise<void> {
    if (this.#options.quiet !== true) await this.warn(text);
  }

  /** A note that is never left out. */
  warn(text: string): Promise<void> {
    return this.#io.stderr.write(`${this.#io.stderr.isTerminal ? visible(text) : text}\n`);
  }

  #cells<Row>(row: Row, columns: readonly Column<Row>[]): string[] {
    return columns.map(({ value }) => visibleLine(value(row, this.show)));
  }
}

const forPeople = (colors: Colors, isUtc: boolean): Show => ({
  colors,
  time: (iso) => (iso === undefined ? '' : clockText(iso, isUtc)),
  duration: (ms) => (ms === undefined ? '' : durationText(ms)),
  number: (number) => (number === undefined ? '' : numberText(number)),
});

const forPrograms = (colors: Colors): Show => ({
  colors,
  time: (iso) => iso ?? '',
  duration: (ms) => (ms === undefined ? '' : String(ms / 1_000)),
  number: (number) => (number === undefined ? '' : String(number)),
});

/** `2026-11-22 14:03:22` in the zone of the process, or in UTC with a `Z`. */
export function clockText(iso: string, isUtc: boolean): string {
  const at = new Date(iso);
  if (isUtc) return `${at.toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const two = (number: number) => String(number).padStart(2, '0');
  const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${date} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`;
}
