import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense } from 'react';
import { isAccessDenied } from './browser/index.ts';
import { useConsole } from './frame/index.ts';
import { Failure } from './parts/index.ts';

const SignIn = lazy(async () => ({ default: (await import('./sign-in.tsx')).SignIn }));

/** The smallest call that a server with keys refuses: one queue, not counted. */
const FIRST = { method: 'GET', path: '/queues', query: { limit: '1' } } as const;

/** Shows the view once the server takes calls; asks for an access key where the server does. */
export function Gate({ children }: { readonly children: ReactNode }) {
  const { session } = useConsole();
  const first = useQuery({ queryKey: ['first', session.isKeyed], queryFn: () => session.run(FIRST) });
  const fallback = <p role="status">Loading …</p>;
  if (first.isPending) return fallback;
  if (isAccessDenied(first.error)) {
    return (
      <Suspense fallback={fallback}>
        <SignIn reason={session.isKeyed ? first.error?.message : undefined} />
      </Suspense>
    );
  }
  if (first.error !== null) return <Failure error={first.error} retry={() => void first.refetch()} />;
  return <Suspense fallback={fallback}>{children}</Suspense>;
}
