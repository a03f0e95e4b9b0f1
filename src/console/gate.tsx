import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useEffect } from 'react';
import { isAccessDenied, nowMs } from './browser/index.ts';
import { useConsole } from './frame/index.ts';
import { Failure } from './parts/index.ts';

const SignIn = lazy(async () => ({ default: (await import('./sign-in.tsx')).SignIn }));
const SignInAtProvider = lazy(async () => ({ default: (await import('./sign-in-at-provider.tsx')).SignInAtProvider }));

/** The smallest call that a server with keys refuses: one queue, not counted. */
const FIRST = { method: 'GET', path: '/queues', query: { limit: '1' } } as const;

/** Shows the view once the server takes calls; asks for a key or a person where the server does. */
export function Gate({ children }: { readonly children: ReactNode }) {
  const { session } = useConsole();
  const { deployment, person, isKeyed } = session;
  const isUnknown = deployment !== undefined && person === undefined;
  const first = useQuery({
    queryKey: ['first', isKeyed, person?.untilMs],
    queryFn: () => session.run(FIRST),
    enabled: !isUnknown,
  });
  useEndOfSession();
  const fallback = <p role="status">Loading …</p>;
  if (isUnknown || (deployment !== undefined && isAccessDenied(first.error))) {
    return (
      <Suspense fallback={fallback}>
        <SignInAtProvider deployment={deployment} reason={first.error?.message} />
      </Suspense>
    );
  }
  if (first.isPending) return fallback;
  if (isAccessDenied(first.error)) {
    return (
      <Suspense fallback={fallback}>
        <SignIn reason={isKeyed ? first.error?.message : undefined} />
      </Suspense>
    );
  }
  if (first.error !== null) return <Failure error={first.error} retry={() => void first.refetch()} />;
  return <Suspense fallback={fallback}>{children}</Suspense>;
}

/** Asks to sign in again when the token ends; the address still holds the view. */
function useEndOfSession(): void {
  const { session, reconnect } = useConsole();
  const untilMs = session.person?.untilMs;
  useEffect(() => {
    if (untilMs === undefined) return undefined;
    const timer = setTimeout(reconnect, untilMs - nowMs());
    return () => clearTimeout(timer);
  }, [untilMs, reconnect]);
}
