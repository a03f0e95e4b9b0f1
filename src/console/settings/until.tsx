import { useEffect, useState } from 'react';
import { nowMs, readSetting, writeSetting } from '../browser/index.ts';
import { Moment } from '../parts/index.ts';
import { durationText } from '../rules/index.ts';

/** The clock on the page shows seconds. */
const TICK_MS = 1_000;

type Undoable = 'purge' | 'deletion';

/** Until when this browser knows that the server can undo; the server tells it once. */
export function keptUntil(what: Undoable, queue: string): string | undefined {
  const until = readSetting(`${what}.${queue}`);
  return until === undefined || !(Date.parse(until) > nowMs()) ? undefined : until;
}

export const keepUntil = (what: Undoable, queue: string, until: string | undefined): void =>
  writeSetting(`${what}.${queue}`, until ?? '');

/** How long something can still be undone. */
export function Countdown({ until }: { readonly until: string }) {
  const [leftMs, setLeftMs] = useState(Date.parse(until) - nowMs());
  useEffect(() => {
    const timer = setInterval(() => setLeftMs(Date.parse(until) - nowMs()), TICK_MS);
    return () => clearInterval(timer);
  }, [until]);
  if (leftMs <= 0) return <>It can no longer be undone.</>;
  return (
    <>
      It can be undone for {durationText(leftMs)}, until <Moment at={until} />.
    </>
  );
}
