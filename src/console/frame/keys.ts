import { useEffect, useRef } from 'react';

export interface KeyHelp {
  readonly keys: string;
  readonly does: string;
}

/** What each key does; none deletes. */
export const KEYS: readonly KeyHelp[] = [
  { keys: '/', does: 'search queues, or a message by its id' },
  { keys: 'g q', does: 'queues' },
  { keys: 'g j', does: 'jobs' },
  { keys: 'g s', does: 'shards' },
  { keys: 'g u', does: 'usage and cost' },
  { keys: 'j, k', does: 'next, previous row' },
  { keys: 'Enter', does: 'open the row' },
  { keys: 'x', does: 'tick the dead letter' },
  { keys: '], [', does: 'next, previous message' },
  { keys: 't', does: 'time field' },
  { keys: 'r', does: 'read again' },
  { keys: 'l', does: 'refresh by itself, on or off' },
  { keys: 'c', does: 'copy the id of the open message' },
  { keys: '?', does: 'this list' },
  { keys: 'Esc', does: 'close' },
];

export interface KeyActions {
  readonly go: (path: string) => void;
  readonly reload: () => void;
  readonly toggleRefresh: () => void;
  readonly help: () => void;
}

const PLACES: Readonly<Record<string, string>> = { q: '/queues', j: '/jobs', s: '/shards', u: '/usage' };
/** Elements that a key clicks or focuses, by their `data-key`. */
const MARKED = ['[', ']', 'c', 't', '/'];
/** A second key of a pair comes within this time. */
const PAIR_MS_MAX = 1_500;

/** Listens for keys, except where text is typed or a dialog is open. */
export function useKeys(actions: KeyActions): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    let pairUntil = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isDialogOpen()) return;
      const place = event.timeStamp < pairUntil ? PLACES[event.key] : undefined;
      pairUntil = event.key === 'g' ? event.timeStamp + PAIR_MS_MAX : 0;
      if (place !== undefined) latest.current.go(place);
      else if (!press(event.key, latest.current)) return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function press(key: string, { go, reload, toggleRefresh, help }: KeyActions): boolean {
  const does: Readonly<Record<string, () => void>> = { r: reload, l: toggleRefresh, '?': help };
  if (does[key] !== undefined) does[key]();
  else if (key === 'j' || key === 'k') return focusGrid();
  else if (!MARKED.includes(key)) return false;
  // Other views have no search of their own.
  else if (!reach(key) && key === '/') go('/queues#search');
  return true;
}

/** The first row of a table; there, the table itself takes the keys. */
function focusGrid(): boolean {
  const row = document.querySelector<HTMLElement>('[role="grid"] [role="row"][tabindex="0"]');
  row?.focus();
  return row !== null;
}

function reach(key: string): boolean {
  const found = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  const inner = found?.querySelector<HTMLElement>('input, button') ?? found;
  if (inner === null) return false;
  if (inner instanceof HTMLInputElement) inner.focus();
  else inner.click();
  return true;
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');

const isDialogOpen = (): boolean => document.querySelector('[role="dialog"][aria-modal="true"]') !== null;
