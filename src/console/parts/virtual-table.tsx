import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';

/** The height of a row in the style sheet of the design system, in pixels. */
const ROW_PX = 40;
/** Rows drawn beyond the visible ones, so that scrolling shows no gaps. */
const OVERSCAN = 8;

export interface TableColumn<Row, Id extends string = string> {
  readonly id: Id;
  readonly title: string;
  /** Least width, in px; wider ones grow in proportion. */
  readonly px: number;
  readonly isNumber?: boolean;
  /** Wide enough for a time of today. */
  readonly isTime?: boolean;
  /** Left out where the page is narrow. */
  readonly isExtra?: boolean;
  /** The rows cannot be ordered by it. */
  readonly isUnordered?: boolean;
  readonly cell: (row: Row) => ReactNode;
}

interface VirtualTableProps<Row, Id extends string> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly TableColumn<Row, Id>[];
  readonly keyOf: (row: Row) => string;
  /** Absent: rows open nothing. */
  readonly onOpen?: (row: Row) => void;
  readonly openKey?: string | undefined;
  /** Ticks a row, by the key `x`. Absent: rows have no ticks. */
  readonly onTick?: ((row: Row) => void) | undefined;
  readonly order?: { readonly column: Id; readonly isDescending: boolean };
  readonly onOrder?: (column: Id) => void;
  /** Called when the last rows come into view. */
  readonly onEnd?: () => void;
  readonly empty: ReactNode;
}

/** A table of any length: only the rows in view exist. Arrows, `j` and `k` move, `Enter` opens. */
export function VirtualTable<Row, Id extends string>(props: VirtualTableProps<Row, Id>) {
  const { label, rows, columns, empty } = props;
  const { view, virtual, current, setCurrent, onKeyDown } = useRows(rows.length, props.onEnd);
  return (
    <div
      className="table"
      role="grid"
      tabIndex={-1}
      aria-label={label}
      aria-rowcount={rows.length + 1}
      ref={view}
      onKeyDown={onKeyDown}
    >
      <HeaderRow {...props} />
      {rows.length === 0 ? <EmptyRow columns={columns.length}>{empty}</EmptyRow> : undefined}
      <div role="rowgroup" className="table-body" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows[index];
          return row === undefined ? undefined : (
            <TableRow
              key={props.keyOf(row)}
              {...props}
              row={row}
              at={{ index, start }}
              isCurrent={index === Math.min(current, rows.length - 1)}
              onFocus={setCurrent}
            />
          );
        })}
      </div>
    </div>
  );
}

/** The rows in view, the one that has the focus, and the keys that move it. */
function useRows(count: number, onEnd: (() => void) | undefined) {
  const view = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => view.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
  });
  const last = virtual.getVirtualItems().at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= count - OVERSCAN && count > 0) onEnd?.();
  }, [last, count, onEnd]);
  const onKeyDown = (event: KeyboardEvent) => {
    const to = target(event.key, current, count);
    if (to === undefined) return;
    event.preventDefault();
    setCurrent(to);
    virtual.scrollToIndex(to);
    requestAnimationFrame(() => view.current?.querySelector<HTMLElement>(`[aria-rowindex="${to + 2}"]`)?.focus());
  };
  return { view, virtual, current, setCurrent, onKeyDown };
}

function EmptyRow({ columns, children }: { readonly columns: number; readonly children: ReactNode }) {
  return (
    <div className="table-empty" role="row">
      <div role="gridcell" aria-colspan={columns}>
        {children}
      </div>
    </div>
  );
}

function target(key: string, current: number, count: number): number | undefined {
  if (key === 'ArrowDown' || key === 'j') return Math.min(current + 1, count - 1);
  if (key === 'ArrowUp' || key === 'k') return Math.max(current - 1, 0);
  if (key === 'Home') return 0;
  return key === 'End' ? count - 1 : undefined;
}

const ARROWS = { ascending: ' ▴', descending: ' ▾' } as const;

function HeaderRow<Row, Id extends string>({ columns, order, onOrder }: VirtualTableProps<Row, Id>) {
  return (
    <div role="rowgroup" className="table-head">
      <div role="row" aria-rowindex={1} className="table-row">
        {columns.map((column) => {
          const isSorted = order?.column === column.id;
          const direction = order?.isDescending === true ? 'descending' : 'ascending';
          return (
            <div
              key={column.id}
              role="columnheader"
              aria-sort={isSorted ? direction : undefined}
              className={classOf(column)}
              style={{ flex: flexOf(column) }}
            >
              {onOrder === undefined || column.isUnordered === true ? (
                column.title
              ) : (
                <button type="button" onClick={() => onOrder(column.id)}>
                  {column.title}
                  <span aria-hidden="true">{isSorted ? ARROWS[direction] : ''}</span>
                </button>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface TableRowProps<Row, Id extends string> extends VirtualTableProps<Row, Id> {
  readonly row: Row;
  readonly at: { readonly index: number; readonly start: number };
  readonly isCurrent: boolean;
  readonly onFocus: (index: number) => void;
}

function TableRow<Row, Id extends string>(props: TableRowProps<Row, Id>) {
  const { row, at, columns, keyOf, openKey, isCurrent, onFocus, onOpen, onTick } = props;
  const isOpen = keyOf(row) === openKey;
  return (
    <div
      role="row"
      aria-rowindex={at.index + 2}
      aria-selected={isOpen}
      tabIndex={isCurrent ? 0 : -1}
      className="table-row table-item"
      style={{ transform: `translateY(${at.start}px)`, height: ROW_PX }}
      onFocus={() => onFocus(at.index)}
      onClick={() => onOpen?.(row)}
      onKeyDown={({ key, target, currentTarget }) => {
        if (key === 'Enter' && target === currentTarget) onOpen?.(row);
        if (key === 'x') onTick?.(row);
      }}
    >
      {columns.map((column) => (
        <div key={column.id} role="gridcell" className={classOf(column)} style={{ flex: flexOf(column) }}>
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}

const flexOf = ({ px }: { readonly px: number }): string => `${px} 1 ${px}px`;

type Kind = Partial<Record<'isNumber' | 'isTime' | 'isExtra', boolean>>;

const classOf = ({ isNumber = false, isTime = false, isExtra = false }: Kind) =>
  `table-cell${isNumber ? ' is-number' : ''}${isTime ? ' is-time' : ''}${isExtra ? ' is-extra' : ''}`;
