import { nowMs } from '../browser/index.ts';
import { useConsole } from '../frame/index.ts';
import { fullTimeText, isoTime, shortTimeText } from '../rules/index.ts';

/** An instant in the chosen zone, without the date if it is today's; the whole of it, in both zones, on hover. */
export function Moment({ at, isFull = false }: { readonly at: string | undefined; readonly isFull?: boolean }) {
  const { zone } = useConsole();
  if (at === undefined) return <span className="quiet">–</span>;
  const ms = Date.parse(at);
  return (
    <time dateTime={at} title={`${fullTimeText(ms, 'local')}\n${isoTime(ms)}`} className="moment">
      {isFull ? fullTimeText(ms, zone) : shortTimeText(ms, { nowMs: nowMs(), zone })}
    </time>
  );
}
