import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useRef, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { type Deployment, keepToken, loadProvider } from './browser/index.ts';
import { useConsole } from './frame/index.ts';

/** Where the provider sends people back to, below the console. */
const SIGNED_IN = '/signed-in';
/** A gateway has no route for the console's address with a slash at its end. */
const HOME = '/';
const QUEUES = '/queues';

interface SignInAtProviderProps {
  readonly deployment: Deployment;
  /** Why the person who signed in may not look. */
  readonly reason: string | undefined;
}

/** Sends a person to the provider of the deployment, and finishes what begins there. */
export function SignInAtProvider({ deployment, reason }: SignInAtProviderProps) {
  const [path] = useLocation();
  const search = useSearch();
  const view = search === '' ? path : `${path}?${search}`;
  const { isFinishing, failure, fail } = useReturn(deployment);
  if (isFinishing) return <p role="status">Signing in …</p>;
  const start = async () => {
    const { startSignIn } = await loadProvider();
    await startSignIn(deployment, path === SIGNED_IN || path === HOME ? QUEUES : view);
  };
  const wrong = failure ?? reason;
  return (
    <SpaceBetween size="m">
      <Header variant="h1">Sign in to {deployment.stage}</Header>
      <p>
        People of this deployment sign in at <strong>{new URL(deployment.issuer).host}</strong>. The session stays in
        this tab and ends with it, or after the time that the provider sets.
      </p>
      {wrong === undefined ? undefined : <Alert type="error">{wrong}</Alert>}
      <Button variant="primary" onClick={() => void start().catch(fail)}>
        {reason === undefined ? 'Sign in' : 'Sign in as somebody else'}
      </Button>
    </SpaceBetween>
  );
}

/** Exchanges the code once when this is the way back from the provider. */
function useReturn(deployment: Deployment) {
  const [path, navigate] = useLocation();
  const { reconnect } = useConsole();
  const [failure, setFailure] = useState<string>();
  const hasBegun = useRef(false);
  const fail = (error: unknown) => setFailure(`Signing in has failed: ${String(error)}`);
  useEffect(() => {
    if (path !== SIGNED_IN || hasBegun.current) return;
    hasBegun.current = true;
    const finish = async () => {
      const { finishSignIn } = await loadProvider();
      const { token, view } = await finishSignIn(deployment);
      keepToken(token);
      // The code leaves the address, and the history with it.
      navigate(view, { replace: true });
      reconnect();
    };
    finish().catch(fail);
  });
  return { isFinishing: path === SIGNED_IN && failure === undefined, failure, fail };
}
