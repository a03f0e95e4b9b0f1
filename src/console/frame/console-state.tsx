import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { originUrl, readSetting, Session, writeSetting } from '../browser/index.ts';
import type { Place, Zone } from '../rules/index.ts';

export interface Notice {
  readonly id: string;
  readonly type: 'success' | 'error' | 'info' | 'warning';
  readonly text: ReactNode;
}

/** What all views share. */
export interface ConsoleState {
  readonly session: Session;
  readonly place: Place;
  /** Begins anew with the credentials that the tab keeps. */
  readonly reconnect: () => void;
  readonly zone: Zone;
  readonly setZone: (zone: Zone) => void;
  readonly isRefreshOn: boolean;
  readonly setRefreshOn: (isOn: boolean) => void;
  readonly notices: readonly Notice[];
  readonly notify: (notice: Omit<Notice, 'id'>) => void;
  readonly dismiss: (id: string) => void;
}

const Shared = createContext<ConsoleState | undefined>(undefined);
/** Older ones leave. */
const NOTICES_MAX = 3;

export function useConsole(): ConsoleState {
  const state = useContext(Shared);
  if (state === undefined) throw new Error('a view is shown outside of the console');
  return state;
}

export function ConsoleProvider({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const [session, setSession] = useState(() => new Session());
  const [zone, setZone] = useSetting<Zone>('zone', 'local');
  const [refresh, setRefresh] = useSetting<'on' | 'off'>('refresh', 'on');
  const notices = useNotices();
  const reconnect = useCallback(() => {
    setSession(new Session());
    queries.clear();
  }, [queries]);
  const state = useMemo(
    () => ({
      session,
      place: placeOf(session),
      reconnect,
      zone,
      setZone,
      isRefreshOn: refresh === 'on',
      setRefreshOn: (isOn: boolean) => setRefresh(isOn ? 'on' : 'off'),
      ...notices,
    }),
    [session, reconnect, zone, setZone, refresh, setRefresh, notices],
  );
  return <Shared.Provider value={state}>{children}</Shared.Provider>;
}

/** Programs call a deployment with credentials of AWS, whoever looks. */
const placeOf = ({ isKeyed, deployment }: Session): Place => ({
  url: originUrl(),
  isKeyed: isKeyed || deployment !== undefined,
  ...(deployment === undefined ? {} : { region: deployment.region }),
});

function useNotices(): Pick<ConsoleState, 'notices' | 'notify' | 'dismiss'> {
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  const notify = useCallback((notice: Omit<Notice, 'id'>) => {
    setNotices((before) => [{ ...notice, id: nextId(before) }, ...before].slice(0, NOTICES_MAX));
  }, []);
  const dismiss = useCallback((id: string) => setNotices((before) => before.filter((one) => one.id !== id)), []);
  return useMemo(() => ({ notices, notify, dismiss }), [notices, notify, dismiss]);
}

const nextId = (notices: readonly Notice[]): string => String(1 + Math.max(0, ...notices.map(({ id }) => Number(id))));

/** A setting that the browser keeps. */
export function useSetting<Value extends string>(name: string, initial: Value): [Value, (value: Value) => void] {
  const [value, setValue] = useState(() => (readSetting(name) ?? initial) as Value);
  const change = useCallback(
    (next: Value) => {
      setValue(next);
      writeSetting(name, next);
    },
    [name],
  );
  return [value, change];
}
