import { useIsFetching, useQuery, useQueryClient } from '@tanstack/react-query';
import type { GetHealthAnswer } from '../client/index.ts';
import { forgetToken, loadProvider } from './browser/index.ts';
import { useConsole, useReload, useTheme } from './frame/index.ts';
import { To } from './parts/index.ts';
import { dollarsADay, dollarsText, health, type Zone } from './rules/index.ts';

/** Where this is, which zone times have, whether views refresh by themselves, and how the page looks. */
export function TopBar({ onHelp }: { readonly onHelp: () => void }) {
  const { zone, setZone, isRefreshOn, setRefreshOn } = useConsole();
  const [theme, setTheme] = useTheme();
  const reload = useReload();
  const isBusy = useIsFetching() > 0;
  return (
    <header id="top" className="top">
      <strong>
        <To path="/queues">RewindMQ</To>
      </strong>
      <Place />
      <span className="grow" />
      <label>
        <input type="checkbox" checked={isRefreshOn} onChange={({ target }) => setRefreshOn(target.checked)} /> refresh
        <DayCost />
      </label>
      <button type="button" onClick={reload} title="Read again (r)" aria-label="Read again">
        <span aria-hidden="true" className={isBusy ? 'busy' : undefined}>
          ↻
        </span>
      </button>
      <select aria-label="Zone of times" value={zone} onChange={({ target }) => setZone(target.value as Zone)}>
        <option value="local">Local time</option>
        <option value="utc">UTC</option>
      </select>
      <select aria-label="Colours" value={theme} onChange={({ target }) => setTheme(target.value as typeof theme)}>
        <option value="system">System</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
      <Person />
      <button type="button" onClick={onHelp} title="Keys (?)" aria-label="Keys">
        ?
      </button>
    </header>
  );
}

/** What it costs on AWS to look all day: most for the list of queues, which has been read when it is known. */
function DayCost() {
  const { session } = useConsole();
  const queries = useQueryClient();
  if (session.deployment === undefined) return undefined;
  const queueCount = queries.getQueryData<readonly unknown[]>(['queues'])?.length ?? 1;
  return <span className="place"> · {dollarsText(dollarsADay(queueCount))} a day</span>;
}

/** Which server this is, by its address and version. */
function Place() {
  const { session, place } = useConsole();
  const { data } = useQuery({
    queryKey: ['health', session.person?.untilMs],
    queryFn: () => session.run<GetHealthAnswer>(health),
    enabled: session.deployment === undefined || session.person !== undefined,
    refetchInterval: 60_000,
  });
  return (
    <>
      <span className="band">{session.deployment?.stage.toUpperCase() ?? 'LOCAL'}</span>
      <span className="place">
        {new URL(place.url).host} {data === undefined ? '' : `· ${data.version}`}
      </span>
      {data?.status === 'degraded' ? <span className="trouble">{data.reason}</span> : undefined}
    </>
  );
}

/** Who has signed in at a deployment, and what this person may do. */
function Person() {
  const { session, reconnect } = useConsole();
  const { deployment, person } = session;
  if (deployment === undefined || person === undefined) return undefined;
  const signOut = async () => {
    forgetToken();
    reconnect();
    const { signOutAtProvider } = await loadProvider();
    // The session of this tab has ended, whether the provider answers or not.
    await signOutAtProvider(deployment, person.token).catch(() => undefined);
  };
  return (
    <>
      <span className="place">
        {person.name} · {person.role ?? 'no role'}
      </span>
      <button type="button" onClick={() => void signOut()}>
        Sign out
      </button>
    </>
  );
}
